import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import { sleep } from "@barrage/kernel";
import { CLOSE, protocolError } from "@barrage/protocol";
import { assertLedger } from "@barrage/testkit";
import type { FakeSocket } from "../support/live-engine.ts";
import { LoneGateway, batchOf, item } from "../support/lone-gateway.ts";

/** Somebody is in the room, which stands at 3, when window and feed go away. */
async function heldRoom(): Promise<LoneGateway> {
  const lone = new LoneGateway();
  await lone.join();
  await lone.publish(batchOf(1, 2, 3));
  lone.state = { ...emptyRoom("r"), title: "as known", head: { seq: 1, n: 1 } };
  lone.isAway = true;
  return lone;
}

const shown = (socket: FakeSocket) =>
  socket.of("snapshot").map(({ head, resumed, items, room: { n, title } }) => ({
    head,
    resumed,
    items: items.length,
    n,
    title,
  }));

describe("a room whose window and feed are away", () => {
  it("[DL-51] lets in who begins afresh, who goes on with what comes when they are back", async () => {
    await using lone = await heldRoom();

    const socket = await lone.join();
    assert.deepEqual(shown(socket), [{ head: 3, resumed: false, items: 0, n: 3, title: "as known" }]);
    lone.isAway = false;
    await lone.publish(batchOf(4));

    assert.deepEqual(socket.texts, ["text 4"]);
    assert.deepEqual(socket.of("gap"), []);
  });

  it("[DL-51] lets in who comes back and missed nothing; what was lost meanwhile is filled", async () => {
    await using lone = await heldRoom();

    const socket = await lone.join(3);
    assert.deepEqual(shown(socket), [{ head: 3, resumed: true, items: 0, n: 3, title: "as known" }]);
    await lone.publish(batchOf(4, 5), { lost: true });
    await lone.repeat(5);
    assert.deepEqual(socket.texts, []);
    lone.isAway = false;
    await lone.clock.advance(250);

    assert.deepEqual(socket.texts, ["text 4", "text 5"]);
    assert.deepEqual(socket.of("gap"), []);
  });

  it("[DL-51] sends away who missed something, for 15 s; then tells the gap and lets it in", async () => {
    await using lone = await heldRoom();
    const first = await lone.join(1);
    assert.equal(first.closed?.code, CLOSE.TRY_AGAIN.code);
    await lone.clock.advance(14_999);
    assert.equal((await lone.join(1)).closed?.code, CLOSE.TRY_AGAIN.code);

    await lone.clock.advance(1);
    const socket = await lone.join(1);

    assert.deepEqual(shown(socket), [{ head: 3, resumed: false, items: 0, n: 3, title: "as known" }]);
    const gap = { type: "gap", room_id: "r", from: 1, to: 3, count: null, reason: "expired" };
    assert.deepEqual(socket.of("gap"), [gap]);
    lone.isAway = false;
    await lone.publish(batchOf(4));
    assert.deepEqual(socket.texts, ["text 4"]);
    assertLedger(lone.gateway.ledger(), { records: lone.gateway.ledger().delivered });
  });

  it("[DL-51] counts the 15 s anew after a read that succeeded, and after a minute without anybody", async () => {
    for (const between of ["read", "minute"]) {
      await using lone = await heldRoom();
      await lone.join(1);
      lone.isAway = between === "minute";
      await lone.clock.advance(between === "minute" ? 60_001 : 0);
      if (between === "read") await lone.join(1);
      lone.isAway = true;
      await lone.clock.advance(20_000);

      assert.equal((await lone.join(1)).closed?.code, CLOSE.TRY_AGAIN.code, between);
    }
  });

  it("[DL-51] sends away whoever was further elsewhere", async () => {
    await using lone = await heldRoom();
    await lone.join(4);
    await lone.clock.advance(20_000);

    assert.equal((await lone.join(4)).closed?.code, CLOSE.TRY_AGAIN.code);
  });

  it("[DL-51] sends away where nobody is in the room, or where it changed after what is known of it", async () => {
    await using deserted = new LoneGateway();
    deserted.isAway = true;
    assert.equal((await deserted.join()).closed?.code, CLOSE.TRY_AGAIN.code);

    await using changed = new LoneGateway();
    await changed.join();
    const author = { uid: "h", name: "H", role: "host" } as const;
    const title = { ...item(1), kind: "room-event", author, event: { type: "title", title: "new" } } as const;
    await changed.publish({ room: "r", prev: 0, seq: 1, items: [title] });
    changed.isAway = true;
    assert.equal((await changed.join(1)).closed?.code, CLOSE.TRY_AGAIN.code);
    changed.state = { ...emptyRoom("r"), title: "new", head: { seq: 1, n: 1 } };
    assert.deepEqual(
      shown(await changed.join(1)).map(({ title: seen }) => seen),
      ["new"],
    );
  });

  it("[DL-51] sends away where what is known of the room is older than what its first viewer here was shown", async () => {
    await using lone = new LoneGateway();
    await lone.window.append(batchOf(1, 2, 3));
    await lone.join();
    lone.isAway = true;
    lone.state = { ...emptyRoom("r"), head: { seq: 2, n: 2 } };
    assert.equal((await lone.join()).closed?.code, CLOSE.TRY_AGAIN.code);

    lone.state = { ...emptyRoom("r"), head: { seq: 3, n: 3 } };
    assert.equal(shown(await lone.join()).length, 1);
  });

  it("[DL-51] counts the 15 s anew after a fill that succeeded", async () => {
    await using lone = await heldRoom();
    await lone.join(1);
    lone.isAway = false;
    await lone.publish(batchOf(4), { lost: true });
    await lone.repeat(4);
    lone.isAway = true;
    await lone.clock.advance(20_000);

    assert.equal((await lone.join(1)).closed?.code, CLOSE.TRY_AGAIN.code);
  });

  it("[DL-52] fails for all who came into an empty room at once as soon as its one read fails", async () => {
    await using lone = new LoneGateway();
    let reads = 0;
    lone.window.read = async () => {
      reads += 1;
      await sleep(2_000, lone.ctx);
      throw protocolError("BARRAGE_UNAVAILABLE");
    };
    const sockets = [await lone.join(), await lone.join(), await lone.join()];
    await lone.clock.advance(2_000);

    assert.equal(reads, 1);
    assert.deepEqual(
      sockets.map(({ closed }) => closed?.code),
      [CLOSE.TRY_AGAIN.code, CLOSE.TRY_AGAIN.code, CLOSE.TRY_AGAIN.code],
    );
  });
});
