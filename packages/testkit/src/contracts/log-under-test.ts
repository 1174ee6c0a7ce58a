import type { DanmakuLog, IdempotencyKey } from "@barrage/engine";

/** A log under test. `reopen` closes it and opens the same data again; absent for a log that lives in memory. */
export interface LogUnderTest extends AsyncDisposable {
  readonly log: DanmakuLog;
  readonly reopen?: () => Promise<DanmakuLog>;
}

export type MakeLog = () => Promise<LogUnderTest>;

/** A key of one user in one room. */
export const key = (id: string, bodyHash = "hash", scope = "room\nu1"): IdempotencyKey => ({
  scope,
  id,
  bodyHash,
});
