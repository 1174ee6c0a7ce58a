import type { AudienceVerdict } from "../run/audience-verdict.ts";
import type { LoadPlan } from "../run/plan.ts";
import type { SecondDelta } from "../run/second.ts";
import type { Part } from "../run/shares.ts";

/** Raised whenever a plan, a share of it or a message changes its meaning: both sides must be of one mind. */
export const WORKER_PROTOCOL = 1;

/** Acknowledgements by room: numbers of an `AckList` as the base64 of their doubles. */
export type PackedAcks = Readonly<Record<string, string>>;

/** What a worker is asked to do; each is answered by `done` or `failed` with its number. */
export type Order =
  | { readonly do: "connect" }
  | { readonly do: "send"; readonly startAt: number }
  | { readonly do: "drain"; readonly withinMs: number }
  /** The last one: the answer comes after everything else. */
  | { readonly do: "end" };

/** Controller to worker. */
export type ToWorker =
  | { readonly type: "challenge"; readonly protocol: number; readonly nonce: string }
  | { readonly type: "welcome"; readonly proof: string }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "plan"; readonly plan: LoadPlan; readonly part: Part; readonly sharesClock: boolean }
  | { readonly type: "order"; readonly id: number; readonly order: Order }
  | { readonly type: "stop"; readonly withinMs?: number }
  | { readonly type: "learn"; readonly acks: PackedAcks }
  | { readonly type: "time"; readonly asked: number; readonly theirs: number }
  | { readonly type: "beat" };

/** Worker to controller. */
export type ToController =
  | {
      readonly type: "answer";
      readonly protocol: number;
      readonly nonce: string;
      readonly proof: string;
      readonly name: string;
      /** Names the running system, whose processes share one monotonic clock; undefined where there is no such name. */
      readonly machine: string | undefined;
    }
  | { readonly type: "done"; readonly id: number; readonly verdict?: AudienceVerdict }
  | { readonly type: "failed"; readonly id: number; readonly failure: PackedError }
  | { readonly type: "second"; readonly delta: SecondDelta }
  | { readonly type: "acks"; readonly acks: PackedAcks }
  | { readonly type: "clock"; readonly offsetMs: number; readonly errorMs: number }
  | { readonly type: "time"; readonly asked: number }
  | { readonly type: "beat" };

export interface PackedError {
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null | undefined>>;
  readonly message: string;
}
