import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ledgerFaults, ledgerIn } from "../load/server-ledger.ts";

const ledger = (delivered: number, imbalance: number) =>
  ledgerIn(
    `barrage_ledger_records{term="delivered"} ${delivered}\nbarrage_ledger_imbalance_records ${imbalance}\n`,
  );

describe("a ledger after a benchmark", () => {
  it("accounts for every record when it balances and has what was received, or more", () => {
    assert.deepEqual(ledgerFaults(ledger(10, 0), 10), []);
    assert.deepEqual(ledgerFaults(ledger(11, 0), 10), []);
  });

  it("fails the run when it does not balance, whichever way, or has fewer than were received", () => {
    for (const imbalance of [1, -1])
      assert.match(ledgerFaults(ledger(10, imbalance), 10).join(), /does not balance/);
    assert.match(ledgerFaults(ledger(9, 0), 10).join(), /9 delivered of 10 received/);
    assert.equal(ledgerFaults(ledger(9, 1), 10).length, 2);
  });

  it("is no proof when the page has no ledger", () => {
    assert.throws(() => ledgerIn("barrage_live_tasks 1\n"), /no ledger/);
  });
});
