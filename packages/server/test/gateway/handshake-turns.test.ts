import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { nextTurn, Scope } from "@barrage/kernel";
import { HANDSHAKES_PER_TURN, HandshakeTurns } from "../../src/gateway/handshake-turns.ts";

describe("handshakes", () => {
  it("[OL-8] of a storm are done in turns of the event loop, so many in each, in their order", async () => {
    await using scope = new Scope(undefined, { name: "edge" });
    const turns = new HandshakeTurns(scope);
    const done: number[] = [];
    const storm = 2 * HANDSHAKES_PER_TURN + 1;

    for (let each = 0; each < storm; each += 1) turns.take(new PassThrough(), () => done.push(each));
    const counts = [done.length];
    while (done.length < storm) {
      await nextTurn();
      counts.push(done.length);
    }

    const steps = counts.map((count, at) => count - (counts[at - 1] ?? 0)).filter((step) => step > 0);
    assert.deepEqual(steps, [HANDSHAKES_PER_TURN, HANDSHAKES_PER_TURN, 1]);
    assert.deepEqual(
      done,
      [...done].toSorted((a, b) => a - b),
    );
  });

  it("[OL-8] are done at once where few come, turn after turn", async () => {
    await using scope = new Scope(undefined, { name: "edge" });
    const turns = new HandshakeTurns(scope);
    let done = 0;

    for (let turn = 1; turn <= 50; turn += 1) {
      turns.take(new PassThrough(), () => (done += 1));
      assert.equal(done, turn);
      await nextTurn();
      await nextTurn();
    }
  });

  it("[OL-8] are not done with who has gone while it waited, and its reset ends nothing", async () => {
    await using scope = new Scope(undefined, { name: "edge" });
    const turns = new HandshakeTurns(scope);
    const sockets = Array.from({ length: HANDSHAKES_PER_TURN + 2 }, () => new PassThrough());
    const done: number[] = [];
    for (const [at, socket] of sockets.entries()) turns.take(socket, () => done.push(at));
    const [gone, last] = sockets.slice(-2);

    gone?.destroy(new Error("reset"));
    while (done.length < HANDSHAKES_PER_TURN + 1) await nextTurn();

    assert.deepEqual(done.slice(-2), [HANDSHAKES_PER_TURN - 1, HANDSHAKES_PER_TURN + 1]);
    assert.deepEqual([gone?.listenerCount("error"), last?.listenerCount("error")], [0, 0]);
  });
});
