import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { caller, join, liveEngine, said } from "./support/live-engine.ts";

describe("the way of one danmaku", () => {
  it("[DL-1] an acknowledged danmaku reaches every viewer of its room with the acknowledged seq", async () => {
    const live = await liveEngine();
    const a = join(live, "r");
    const b = join(live, "r");
    await live.settle();

    const publishing = live.engine.publisher.danmaku(caller("u1"), "r", said("hello"), live.ctx);
    await live.settle(1);
    const outcome = await publishing;

    assert.ok("seq" in outcome);
    for (const { socket } of [a, b]) {
      const [batch] = socket.of("batch");
      assert.equal(batch?.items[0]?.seq, outcome.seq);
      assert.deepEqual(socket.texts, ["hello"]);
    }
    await live.stop();
  });
});
