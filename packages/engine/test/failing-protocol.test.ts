import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connection, Encoding } from "@barrage/engine";
import { jsonText } from "../src/gateway/encoding.ts";
import { FakeSocket, join, liveEngine, publish } from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

/** JSON, but for batches that hold what it cannot say. */
const failing: Encoding = {
  ...jsonText,
  batch(frame) {
    if (frame.items.some((item) => item.kind === "danmaku" && item.content === "unspeakable"))
      throw new RangeError("no word for it");
    return jsonText.batch(frame);
  },
  encode(frame) {
    if (frame.type === "viewers" && frame.count === 3) throw new RangeError("no number for it");
    return jsonText.encode(frame);
  },
};

function joinFailing(live: LiveEngine, since?: number): { socket: FakeSocket; connection: Connection } {
  const socket = new FakeSocket();
  const connection = live.engine.gateway.connect({
    room: "r",
    principal: null,
    address: "192.0.2.1",
    transport: socket,
    encoding: failing,
    ...(since === undefined ? {} : { since }),
  });
  return { socket, connection };
}

describe("a protocol that cannot encode a batch", () => {
  it("[DL-48] [DL-19] ends its own viewers; the others get it, and what comes after", async () => {
    const live = await liveEngine();
    const sockets = [join(live, "r"), joinFailing(live), joinFailing(live), join(live, "r")].map(
      ({ socket }) => socket,
    );
    await live.settle();
    await publish(live, "r", "first");
    await publish(live, "r", "unspeakable");
    const late = joinFailing(live).socket;
    await live.settle();
    await publish(live, "r", "last");

    const [before, one, other, after] = sockets;
    for (const socket of [before, after]) assert.deepEqual(socket?.texts, ["first", "unspeakable", "last"]);
    for (const socket of [one, other]) {
      assert.deepEqual(socket?.texts, ["first"]);
      assert.equal(socket?.closed?.code, 4003);
    }
    assert.deepEqual(late.texts, ["last"]);
    await live.stop();
  });

  it("[DL-48] ends its own viewers where it cannot say how many there are; the others are told, then and later", async () => {
    const live = await liveEngine();
    const mine = joinFailing(live).socket;
    const [one, other] = [join(live, "r").socket, join(live, "r").socket];
    await live.settle(2_000);
    assert.equal(mine.closed?.code, 4003);
    await live.settle(2_000);

    for (const socket of [one, other])
      assert.deepEqual(
        socket.of("viewers").map(({ count }) => count),
        [3, 2],
      );
    await live.stop();
  });

  it("[DL-48] [DL-19] ends who comes back over such a batch", async () => {
    const live = await liveEngine();
    await publish(live, "r", "first");
    const { socket, connection } = join(live, "r");
    await live.settle();
    connection.gone(1006);
    await publish(live, "r", "unspeakable");

    const back = joinFailing(live, socket.of("snapshot")[0]?.head).socket;
    await live.settle();

    assert.equal(back.closed?.code, 4003);
    assert.deepEqual(back.texts, []);
    await live.stop();
  });
});
