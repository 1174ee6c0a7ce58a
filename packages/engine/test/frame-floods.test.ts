import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { join, liveEngine } from "./support/live-engine.ts";

const REPLIES_WAITING = 64;

describe("what a client sends that is not to be had for nothing", () => {
  it("[DL-46] frames without an answer count beside the others, and begin again with each look", async () => {
    const live = await liveEngine();
    const { connection, socket } = join(live, "r");
    await live.settle();
    const notice = (frames: number): void => {
      for (let i = 0; i < frames; i += 1) connection.noticed();
    };
    notice(500);
    await live.settle(1_000);
    notice(499);
    connection.receive({ type: "ping" });
    assert.equal(socket.closed?.code, undefined);

    notice(1);

    assert.equal(socket.closed?.code, 4504);
    assert.equal(socket.of("pong").length, 1);
    await live.stop();
  });

  it("[DL-47] 64 replies wait for the snapshot", async () => {
    const live = await liveEngine();
    const { connection, socket } = join(live, "r");
    for (let i = 0; i < REPLIES_WAITING; i += 1) connection.receive({ type: "ping", t: i });
    assert.equal(socket.frames.length, 0);
    await live.settle();

    assert.equal(socket.frames[0]?.type, "snapshot");
    assert.deepEqual(
      socket.of("pong").map(({ t }) => t),
      Array.from({ length: REPLIES_WAITING }, (_, i) => i),
    );
    await live.stop();
  });

  it("[DL-47] with the 65th the connection is closed", async () => {
    const live = await liveEngine();
    const { connection, socket } = join(live, "r");
    for (let i = 0; i <= REPLIES_WAITING; i += 1) connection.receive({ type: "ping" });

    assert.equal(socket.of("error")[0]?.code, "BARRAGE_OVERLOADED");
    assert.equal(socket.closed?.code, 4003);
    await live.stop();
  });
});
