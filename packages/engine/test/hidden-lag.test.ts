import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { join, liveEngine, publish, settings } from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

const { graceMs } = settings.outbound;

/** A viewer whose socket takes everything at once, whatever its client has of it. */
async function somebody(live: LiveEngine) {
  const { connection, socket } = join(live, "r");
  await live.settle();
  const last = (): number => socket.of("batch").at(-1)?.seq ?? socket.of("snapshot")[0]?.head ?? 0;
  return { socket, last, ping: (seq?: number) => connection.receive(pingOf(seq)) };
}

const pingOf = (seq?: number) =>
  seq === undefined ? { type: "ping" as const } : { type: "ping" as const, seq };

describe("lag that no buffer of the process shows", () => {
  it("[DL-45] a client without what it was sent more than the grace time before is closed", async () => {
    const live = await liveEngine();
    const { socket, last, ping } = await somebody(live);
    const before = last();
    await publish(live, "r", "on its way");
    ping(before);
    await live.settle(graceMs);
    ping(before);
    assert.equal(socket.closed?.code, undefined);

    await live.settle(1);
    ping(before);

    assert.equal(socket.closed?.code, 4001);
    await live.stop();
  });

  it("[DL-45] who has it is not, though more was sent since", async () => {
    const live = await liveEngine();
    const { socket, last, ping } = await somebody(live);
    for (let i = 0; i < 4; i += 1) {
      const has = last();
      await publish(live, "r", `${i}`, graceMs + 1);
      ping(has);
    }
    ping();

    assert.equal(socket.closed?.code, undefined);
    assert.equal(socket.of("pong").length, 5);
    await live.stop();
  });

  it("[DL-45] what was withheld from a slow client, and it was not told of yet, it need not have", async () => {
    const live = await liveEngine();
    const { socket, last, ping } = await somebody(live);
    await publish(live, "r", "has it");
    const has = last();
    socket.bufferedBytes = settings.outbound.highBytes;
    await publish(live, "r", "withheld");
    assert.equal(last(), has);
    ping(has);
    socket.bufferedBytes = 0;
    await live.settle(graceMs + 1);
    ping(has);

    assert.equal(socket.closed?.code, undefined);
    await live.stop();
  });
});
