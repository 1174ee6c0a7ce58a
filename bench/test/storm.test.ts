import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ledgerIn } from "../load/server-ledger.ts";
import { runBench } from "./run-bench.ts";

describe("storm", () => {
  it("cuts viewers and has them back, told when to come; both sides have every record", async () => {
    const args = "--viewers 20 --storm 60 --rate 20 --before 5 --after 2 --patience 12".split(" ");
    const limit = "--join-per-second 40 --join-burst 10".split(" ");

    const { stdout, json } = await runBench("macro/storm.ts", [...args, ...limit]);

    const { ledger, faults } = json as {
      readonly ledger: { readonly imbalance: number; readonly delivered: number };
      readonly faults: readonly string[];
    };
    assert.match(stdout, /[1-9]\d* turned away and told when to come back/);
    assert.deepEqual([ledger.imbalance, ledger.delivered > 0], [0, true]);
    // How much slower it was says a busy machine, not the server.
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith("p99")),
      [],
    );
  });

  it("reads the ledger off the metrics of all workers together", () => {
    const page = `
# TYPE barrage_ledger_records gauge
barrage_ledger_records{term="published"} 5
barrage_ledger_records{term="published",worker="1"} 7
barrage_ledger_records{term="delivered"} 9
barrage_ledger_records{term="shed_slow"} 1
barrage_ledger_records{term="shed_expired"} 2
barrage_ledger_imbalance_records -1
`;
    const { published, delivered, shed, imbalance } = ledgerIn(page);
    assert.deepEqual([published, delivered, shed, imbalance], [12, 9, 3, -1]);
  });
});
