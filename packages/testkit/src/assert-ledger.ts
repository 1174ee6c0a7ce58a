import assert from "node:assert/strict";
import { imbalance } from "@barrage/engine";
import type { Ledger } from "@barrage/engine";

/** What the receiving side has counted by itself. */
export interface Received {
  /** Records that came, of batches and snapshots. */
  readonly records: number;
  /** Records that it was told were withheld; absent when nobody counted. */
  readonly withheld?: number;
  /** By how much the counts of merged danmaku grew, or are above one in a snapshot; absent when nobody counted. */
  readonly merged?: number;
}

/**
 * Fails unless the ledger balances and agrees with what the receiving side counted.
 *
 * Every record is in exactly one term, and none is under way any more. `delivered` counts what the operating system
 * took: it is what was received where every connection was read to its end; with `lossy` (connections that were cut)
 * it may be more, for bytes that were taken and never read, never less.
 */
export function assertLedger(
  ledger: Ledger,
  received: Received,
  options: { readonly lossy?: boolean } = {},
): void {
  const text = JSON.stringify(ledger);
  assert.equal(imbalance(ledger), 0, `the ledger does not balance: ${text}`);
  assert.equal(ledger.inFlight, 0, `records are still under way: ${text}`);
  if (options.lossy === true)
    assert.equal(ledger.delivered >= received.records, true, `${received.records} came, of ${text}`);
  else assert.equal(received.records, ledger.delivered, `${received.records} came, of ${text}`);
  const { shed } = ledger;
  if (received.withheld !== undefined)
    assert.equal(
      received.withheld,
      shed.slow + shed.expired + shed.sampled,
      `${received.withheld} told, of ${text}`,
    );
  if (received.merged !== undefined)
    assert.equal(received.merged, ledger.merged, `${received.merged} counted, of ${text}`);
}
