import type { Context } from "@barrage/kernel";
import type { AudienceVerdict } from "./audience-verdict.ts";
import type { LoadPlan } from "./plan.ts";
import type { SecondDelta } from "./second.ts";
import type { Part, RoomAcks } from "./load-worker.ts";

/** One worker, here or in a process of its own. */
export interface WorkerPort extends AsyncDisposable {
  connect(): Promise<void>;
  /** Does the sends and waits for their outcomes. Units: `startAt` in ms of the machine's clock. */
  send(startAt: number): Promise<RoomAcks>;
  drain(acks: RoomAcks): Promise<AudienceVerdict>;
}

export type StartWorker = (
  plan: LoadPlan,
  part: Part,
  onSecond: (delta: SecondDelta) => void,
  ctx: Context,
) => WorkerPort;
