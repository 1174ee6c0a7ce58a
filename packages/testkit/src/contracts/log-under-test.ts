import type { DanmakuLog, IdempotencyKey } from "@barrage/engine";

/** A log under test. `reopen` closes it and opens the same data again; absent for a log that lives in memory. */
export interface LogUnderTest extends AsyncDisposable {
  readonly log: DanmakuLog;
  readonly reopen?: () => Promise<DanmakuLog>;
  /** What this log promises in another way; its own package has the tests of that. */
  readonly except?: ReadonlySet<LogException>;
}

/**
 * `age by append`: retention goes by when a record was appended, not by what its entry says.
 * `masks erased`: an erased user's records are blank to every reader, but not counted.
 */
export type LogException = "age by append" | "masks erased";

export type MakeLog = () => Promise<LogUnderTest>;

/** A key of one user in one room. */
export const key = (id: string, bodyHash = "hash", scope = "room\nu1"): IdempotencyKey => ({
  scope,
  id,
  bodyHash,
});
