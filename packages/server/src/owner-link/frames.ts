import type { Batch, FanOutWork, Lateness, LogStats, RouterCounts } from "@barrage/engine";
import type { ErrorOnLink } from "./error-on-link.ts";

/** Raised with every change of a frame: an owner and a worker of different versions refuse each other. */
export const LINK_VERSION = 3;

/** Who a worker is. Of two links with one `id` that of the higher `generation` counts. */
export interface WorkerName {
  readonly id: string;
  readonly generation: number;
}

/** How much a worker has to do. */
export interface WorkerLoad {
  readonly connections: number;
  /** Batches that wait for fan-out, and calls that wait for the owner's answer. */
  readonly queue: number;
  /** CPU time of the process since the last report, as a share of one core. */
  readonly cpuShare: number;
  /** p99 of the event loop's delay since the last report, ms. */
  readonly loopDelayMs: number;
}

/** A worker's process time, read at one moment, ms. */
export interface MeterReading {
  readonly now: number;
  readonly busyMs: number;
  readonly cpuMs: number;
  readonly lateness: Lateness;
}

export type RoomCount = readonly [room: string, count: number];

/** What a worker sends. */
export interface WorkerFrames {
  readonly hello: WorkerName & { readonly version: number };
  /** Batches of these rooms are wanted. With the seq it knows last where it had the room before: the answer is the room's head. */
  readonly enter: { readonly rooms: readonly (readonly [room: string, last: number | null])[] };
  readonly leave: { readonly room: string };
  readonly call: {
    readonly id: number;
    readonly name: string;
    readonly args: readonly unknown[];
    /** Time until the answer is of no use, ms. */
    readonly timeoutMs?: number;
    readonly trace?: string;
  };
  readonly cancel: { readonly id: number };
  readonly report: {
    /** Rooms whose number of viewers has changed. */
    readonly viewers: readonly RoomCount[];
    readonly load: WorkerLoad;
    readonly meter: MeterReading;
    readonly work: FanOutWork;
  };
}

/** What the owner sends. */
export interface OwnerFrames {
  readonly welcome: { readonly version: number };
  readonly refused: { readonly error: ErrorOnLink };
  readonly batch: Batch;
  readonly result: { readonly id: number; readonly value?: unknown };
  readonly failure: { readonly id: number; readonly error: ErrorOnLink };
  /** Viewers that rooms have at the other workers. */
  readonly viewers: { readonly elsewhere: readonly RoomCount[] };
  readonly status: OwnerStatus;
}

/** What the owner tells of itself every second. */
export interface OwnerStatus {
  readonly log: LogStats;
  readonly counts: Readonly<RouterCounts>;
  readonly windowMs: number;
  readonly rooms: number;
}
