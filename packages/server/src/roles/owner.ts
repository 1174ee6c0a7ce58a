import type { EngineEvent } from "@barrage/engine";
import type { ServerConfig } from "../config/schema.ts";
import { serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Store } from "./store.ts";

export interface OwnerOptions {
  /** Unix-domain socket that workers connect to; at most 107 bytes. */
  readonly socketPath: string;
  /** Absent: JSON lines on standard output. */
  readonly log?: Logger;
  readonly onEvent?: (event: EngineEvent) => void;
  /** Absent: SQLite in the configured folder. */
  readonly openStore?: (dir: string) => Promise<Store>;
}

/** Which process a worker is: a restart of the same `id` has a higher `generation`. */
export interface WorkerName {
  readonly id: string;
  readonly generation: number;
}

/** How much a worker has to do. */
export interface WorkerLoad {
  readonly connections: number;
  /** Batches that wait for fan-out, and publishes that wait for the owner's answer. */
  readonly queue: number;
  /** CPU time of the process since the last report, as a share of one core. */
  readonly cpuShare: number;
  /** p99 of the event loop's delay since the last report, ms. */
  readonly loopDelayMs: number;
}

/** What a connected worker reported last; `at` is the owner's wall clock, ms. */
export interface WorkerReport extends WorkerName, WorkerLoad {
  readonly at: number;
}

export interface RunningOwner {
  readonly socketPath: string;
  /** The connected workers. */
  readonly workers: readonly WorkerReport[];
  /** Takes no more; what was acknowledged is stored and published; then ends. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/**
 * The one process that owns log, rooms, limits and presence; gateway workers ask it over a Unix-domain socket.
 *
 * Errors     SERVER_SOCKET_ codes, the store's own; nothing stays open after a failed start.
 */
export async function startOwner(_config: ServerConfig, options: OwnerOptions): Promise<RunningOwner> {
  throw serverError("SERVER_LISTEN_FAILED", { host: options.socketPath, port: 0, reason: "not wired yet" });
}
