import type { Context } from "@barrage/kernel";
import type { AudienceVerdict } from "./audience-verdict.ts";
import type { RoomAcks } from "./load-worker.ts";
import type { LoadPlan } from "./plan.ts";
import type { RunClock } from "./run-clock.ts";
import type { SecondDelta } from "./second.ts";
import type { Part } from "./shares.ts";

/**
 * One worker, in this process, in another, or on another machine.
 *
 * Errors     every call rejects with LOAD_WORKER_LOST once the worker is gone.
 */
export interface WorkerPort extends AsyncDisposable {
  connect(): Promise<void>;
  /** Does the sends and waits for their outcomes. Units: `startAt` in ms of the run's clock. */
  send(startAt: number): Promise<void>;
  /** Ends the sends before their time, and whatever is still waited for within this time; absent: as planned. */
  stop(withinMs?: number): void;
  /** Tells the worker what others had acknowledged, so that its viewers are expected to have it. */
  learn(acks: RoomAcks): void;
  /** Says what its viewers got, within this time after the sends. */
  drain(withinMs: number): Promise<AudienceVerdict>;
}

/** What a worker tells unasked, each second. */
export interface WorkerEvents {
  second(delta: SecondDelta): void;
  /** Its own acknowledgements since the last time; all of them before `send` resolves. */
  acks(acks: RoomAcks): void;
  /** How it sees the run's clock. */
  clock(clock: RunClock): void;
}

export interface WorkerAssignment {
  readonly plan: LoadPlan;
  readonly part: Part;
  readonly events: WorkerEvents;
}

export type StartWorker = (assignment: WorkerAssignment, ctx: Context) => WorkerPort;
