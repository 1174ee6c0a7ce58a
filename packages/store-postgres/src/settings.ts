import { InvalidArgumentError } from "@barrage/kernel";
import type { PeriodLength } from "./partitions/period.ts";

/** Bounds of the connections. What is absent has the default of `POOL_DEFAULTS`. */
export interface PoolOptions {
  /** Connections that are open at the same time, the monitor's own not counted. */
  readonly max: number;
  /** Connections that are kept open, from the start on. */
  readonly min: number;
  /** Operations that may wait for a connection; one more fails with PG_BUSY. */
  readonly maxWaiting: number;
  /** Time, ms, for one connection to be made. */
  readonly connectMs: number;
  /** Time, ms, for one operation, its wait included, whatever its caller allows. */
  readonly operationMs: number;
  /** PostgreSQL ends a statement after this, ms. */
  readonly statementMs: number;
  /** PostgreSQL gives up waiting for a lock after this, ms. */
  readonly lockMs: number;
  /** PostgreSQL ends a session of ours that stands still in a transaction for this, ms. */
  readonly idleInTransactionMs: number;
  /** A connection above `min` that nobody used for this, ms, is closed. */
  readonly idleMs: number;
  /** Wait for a connection, ms, from which on the archive is not ready. */
  readonly readyWaitMs: number;
  /** Time, ms, that operations under way get at `close`. */
  readonly closeMs: number;
}

/**
 * Eight connections are more than one archiver and the history of a site need at once (a page takes about a
 * millisecond); the times lie below the 10 s after which a caller of the API has gone.
 */
export const POOL_DEFAULTS: PoolOptions = {
  max: 8,
  min: 2,
  maxWaiting: 256,
  connectMs: 5_000,
  operationMs: 30_000,
  statementMs: 25_000,
  lockMs: 5_000,
  idleInTransactionMs: 10_000,
  idleMs: 60_000,
  readyWaitMs: 2_000,
  closeMs: 5_000,
};

/** What the monitor does about sessions that hold up ours. */
export interface MonitorOptions {
  /** Between two looks, ms. */
  readonly everyMs: number;
  /** Time, ms, for one look; PostgreSQL that does not answer within it is down. */
  readonly probeMs: number;
  /** Only a session whose transaction is at least so old, ms, is ended; `false`: none is, they are only told. */
  readonly cancelAfterMs: number | false;
  /** May a session that holds a lock and does nothing be ended whole? Cancelling has no effect on such a one. */
  readonly terminateIdle: boolean;
}

export const MONITOR_DEFAULTS: MonitorOptions = {
  everyMs: 1_000,
  probeMs: 2_000,
  cancelAfterMs: 30_000,
  terminateIdle: true,
};

/** How the history is cut by time. */
export interface PartitionOptions {
  /** Span of one partition, by UTC. */
  readonly by: PeriodLength;
  /** Partitions made for the time to come. */
  readonly ahead: number;
  /** Partitions made at the start for the time before, as far as a log may be behind. */
  readonly behind: number;
  /** Between two looks whether one has to be made, ms. */
  readonly everyMs: number;
}

export const PARTITION_DEFAULTS: PartitionOptions = { by: "month", ahead: 2, behind: 1, everyMs: 600_000 };

/** Rows of one insert: more are no faster (bench/macro/cluster/archive-write.ts), and as many as the archiver writes at once. */
export const ROWS_PER_INSERT = 2_000;

export function checkWhole(settings: object, least: number): void {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= least)) {
      throw new InvalidArgumentError(name, `a whole number of ${least} or more`, value);
    }
  }
}
