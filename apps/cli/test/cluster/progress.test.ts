import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { ProgressList, changeLine } from "../../src/cluster/progress.ts";

describe("the list of a start", () => {
  it("[CU-16] has a line for each, with how far it is and how long it took", async () => {
    const clock = new FakeClock();
    const changes: string[] = [];
    const items = [
      { name: "kafka", detail: "1 broker" },
      { name: "gateway 1", detail: "viewers" },
    ];
    const list = new ProgressList(items, { clock, onChange: (item) => changes.push(changeLine(item)) });
    const ready = Promise.withResolvers<void>();

    const before = list.lines(80);
    const step = list.step("kafka", "start", () => ready.promise);
    await clock.advance(1_240);
    const during = list.lines(80);
    ready.resolve();
    await step;
    const after = list.lines(12);
    const failing = list.step("gateway 1", "start", () => Promise.reject(new Error("no")));
    await assert.rejects(failing, /no/);
    await list.step("kafka", "stop", () => clock.advance(300));

    assert.deepEqual(before, ["· kafka       1 broker", "· gateway 1   viewers"]);
    assert.equal(during[0], "… kafka       1 broker  1.2 s");
    assert.deepEqual(after, ["✓ kafka", "· gateway 1"]);
    assert.deepEqual(changes, [
      "kafka: starting",
      "kafka: ready (1.2 s)",
      "gateway 1: starting",
      "gateway 1: failed (0.0 s)",
      "kafka: stopping",
      "kafka: stopped (0.3 s)",
    ]);
    assert.deepEqual(
      list.lines(80).map((line) => line[0]),
      ["-", "✗"],
    );
  });
});
