import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoadReport } from "@barrage/load";
import { runBench } from "./run-bench.ts";

describe("the macro benchmarks", () => {
  it("room: counts every delivery of the room and times each from its due time", async () => {
    const args = ["--viewers", "7", "--rate", "40", "--seconds", "2", "--warm-up", "1", "--bar", "100000"];

    const { stdout, json } = await runBench("macro/room.ts", args);

    const { report, effort } = json as { report: LoadReport; effort: { serverCpuSeconds: number } };
    assert.match(stdout, /published 80 .*delivered 560 of 560 \(1\.000000\), withheld 0/);
    assert.deepEqual([report.delivered, report.audience.lost, report.audience.doubles], [560, 0, 0]);
    assert.equal(report.latencies.delivery.count <= 560, true);
    assert.equal(effort.serverCpuSeconds > 0, true);
  });

  it("ack: counts every acknowledgement of a steady rate and of waiting senders", async () => {
    const args = ["--rates", "40", "--closed", "3", "--seconds", "1"];

    const { stdout, json } = await runBench("macro/ack.ts", args);

    const { steps } = json as { steps: readonly { name: string; refused: object; ack: { p50: number } }[] };
    assert.deepEqual(
      steps.map(({ name }) => name),
      ["open 40/s", "closed 3"],
    );
    assert.deepEqual(
      steps.map(({ refused }) => refused),
      [{}, {}],
    );
    assert.match(stdout, /^ *closed 3 /m);
    assert.equal((steps[1]?.ack.p50 ?? 0) > 0, true);
  });
});
