import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { HeartbeatWatch } from "../../src/kafka/heartbeat-watch.ts";

const LIMIT_MS = 3_000;

class Consumer extends EventEmitter {
  cut = 0;
  readonly connections = ["a:1", "b:1"].map(
    (name) => [name, { socket: { destroy: () => (this.cut += 1) } }] as const,
  );
}

function watched() {
  const clock = new FakeClock();
  const consumer = new Consumer();
  const watch = new HeartbeatWatch(consumer, clock, LIMIT_MS);
  const answered = (): void => watch.over();
  const after = async (ms: number): Promise<number> => {
    await clock.advance(ms);
    watch.look();
    return consumer.cut;
  };
  return { consumer, after, answered };
}

describe("heartbeats of a member", () => {
  it("[KL-37] that are not answered within half a session cost its connections, all of them, once", async () => {
    const { consumer, after } = watched();
    consumer.emit("consumer:heartbeat:start");

    assert.equal(await after(LIMIT_MS - 1), 0);
    assert.equal(await after(1), 0);
    assert.equal(await after(1), 2);
    assert.equal(await after(LIMIT_MS * 2), 2);

    // The client sends it again.
    consumer.emit("consumer:heartbeat:start");
    assert.equal(await after(LIMIT_MS + 1), 4);
  });

  it("[KL-37] that were answered by the word to join anew cost nothing, however long the join takes", async () => {
    const { consumer, after, answered } = watched();
    consumer.emit("consumer:heartbeat:start");
    await after(LIMIT_MS);

    answered();

    assert.equal(await after(LIMIT_MS * 2), 0);
  });

  for (const how of ["end", "error", "cancel"] as const) {
    it(`[KL-37] that came to their ${how} cost nothing, nor do those that were never sent`, async () => {
      const { consumer, after } = watched();
      assert.equal(await after(LIMIT_MS * 2), 0);

      consumer.emit("consumer:heartbeat:start");
      await after(LIMIT_MS);
      consumer.emit(`consumer:heartbeat:${how}`);

      assert.equal(await after(LIMIT_MS * 2), 0);
    });
  }
});
