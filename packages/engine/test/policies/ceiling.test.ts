import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imbalance } from "@barrage/engine";
import type { PolicyChange } from "@barrage/protocol";
import { assertChain, sayAtOnce, SERVICE, set } from "./desk.ts";
import { barrageFrames } from "./encodings.ts";
import { carry, coded, join, liveEngine, publish, settings, user } from "../support/live-engine.ts";
import type { FakeSocket, LiveEngine } from "../support/live-engine.ts";

const ceiling = (per_second: number, mode: "on" | "dry_run" | "off" = "on"): PolicyChange => ({
  ceiling: { mode, per_second },
});

/** `count` viewers say one danmaku each, of their own. */
const crowd = (live: LiveEngine, count: number, from = 0) =>
  sayAtOnce(
    live,
    Array.from({ length: count }, (_, i) => `said ${from + i}`),
    from,
  );

const sampledOf = (socket: FakeSocket): number =>
  socket.of("batch").reduce((sum, { sampled = 0 }) => sum + sampled, 0);

describe("a room with a ceiling", () => {
  it("[RP-4] [RP-9] [RP-10] shows each viewer the same sample, tells what it lacks, and the ledger has the rest", async () => {
    const live = await liveEngine();
    const one = join(live, "r");
    const other = join(live, "r");
    await live.settle();
    await set(live, ceiling(5));
    await crowd(live, 20);

    assert.equal(one.socket.texts.length, 5);
    assert.deepEqual(other.socket.texts, one.socket.texts);
    assert.equal(sampledOf(one.socket), 15);
    assertChain(one.socket);
    const { shed, published } = live.engine.gateway.ledger();
    assert.equal(shed.sampled, 2 * 15);
    assert.ok(published >= 2 * 20);
    await live.stop();
  });

  it("[RP-10] whoever was not shown is acknowledged, and history has everything", async () => {
    const live = await liveEngine();
    join(live, "r");
    await live.settle();
    await set(live, ceiling(2));
    const outcomes = await crowd(live, 10);

    assert.ok(outcomes.every((outcome) => "seq" in outcome));
    const { page } = await carry(
      live,
      live.engine.rooms.history({ room: "r", after: 0, limit: 100 }, live.ctx),
      200,
    );
    assert.equal(page.items.filter(({ kind }) => kind === "danmaku").length, 10);
    assert.ok(page.items.every((item) => !("withheld" in item)));
    await live.stop();
  });

  it("[RP-8] each protocol makes its batch once for all its viewers", async () => {
    const live = await liveEngine();
    const json = join(live, "r");
    const frames = barrageFrames(live, "r", 3);
    await live.settle();
    await set(live, ceiling(5));
    await crowd(live, 20);

    const [first, second, third] = frames.map(({ batches }) => batches);
    assert.ok((first?.length ?? 0) > 0);
    assert.ok(
      first?.every((bytes, i) => bytes === second?.[i] && bytes === third?.[i]),
      "the same buffer",
    );
    const texts = frames[0]?.texts();
    assert.deepEqual(texts, json.socket.texts);
    await live.engine.stop(live.ctx);
    assert.equal(imbalance(live.engine.gateway.ledger()), 0);
  });

  it("[RP-9] a batch of which nothing is shown goes with the next one", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, ceiling(1));
    await publish(live, "r", "shown", 30);
    const before = socket.of("batch").length;
    for (let i = 0; i < 5; i++) await publish(live, "r", `not shown ${i}`, 30);
    assert.equal(socket.of("batch").length, before);

    await carry(live, live.engine.commands.setTitle(SERVICE, "r", "title", live.ctx));

    const last = socket.of("batch").at(-1);
    assert.equal(socket.of("batch").length, before + 1);
    assert.equal(last?.sampled, 5);
    assertChain(socket);
    await live.stop();
  });

  it("[RP-9] without a next one it is told within a second", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, ceiling(1));
    await publish(live, "r", "shown", 30);
    await publish(live, "r", "not shown", 30);
    assert.equal(sampledOf(socket), 0);

    await live.settle(1_000);

    assert.equal(sampledOf(socket), 1);
    assert.equal(socket.of("batch").at(-1)?.count, 0);
    assertChain(socket);
    await live.stop();
  });

  it("[RP-9] tells at most once a second how many of how many were shown, and once that it is all again", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, ceiling(5));
    // To the beginning of a second of the records' time.
    await live.settle(1_000 - (live.clock.wall() % 1_000));
    for (const count of [20, 20, 2, 2, 2, 2]) {
      await crowd(live, count);
      await live.settle(900);
    }

    const rates = socket.of("batch").flatMap(({ rate }) => rate ?? []);
    assert.equal(rates[0]?.of, 20);
    assert.equal(rates[0].shown, 5);
    assert.equal(rates[1]?.of, 20);
    assert.deepEqual(rates.at(-1), { shown: 2, of: 2 });
    assert.ok(rates.length <= 4, `${rates.length}`);
    await live.stop();
  });

  it("[RP-9] one who is slow as well is told of both, each with its own reason", async () => {
    const live = await liveEngine();
    const { socket, connection } = join(live, "r");
    await live.settle();
    await set(live, ceiling(2));
    socket.stuck = true;
    socket.bufferedBytes = settings.outbound.highBytes;
    await crowd(live, 6);
    socket.read();
    connection.drained();

    const gaps = socket.of("gap");
    assert.deepEqual(
      gaps.map(({ reason, count }) => [reason, count]),
      [
        ["slow", 2],
        ["sampled", 4],
      ],
    );
    const { shed } = live.engine.gateway.ledger();
    assert.deepEqual([shed.slow, shed.sampled], [2, 4]);
    await live.stop();
  });

  it("[RP-11] a resume brings what was shown meanwhile, and says how much was not", async () => {
    const live = await liveEngine();
    const witness = join(live, "r");
    await live.settle();
    await set(live, ceiling(4));
    const since = witness.socket.of("batch").at(-1)?.seq ?? 0;
    await crowd(live, 30);
    await live.settle(1_100);
    await crowd(live, 1, 100);

    const back = join(live, "r", { since });
    await live.settle();

    assert.deepEqual(back.socket.texts, witness.socket.texts);
    assert.equal(sampledOf(back.socket), sampledOf(witness.socket));
    assert.equal(back.socket.of("snapshot")[0]?.resumed, true);
    assert.equal(back.socket.of("gap").length, 0);
    await live.stop();
  });

  it("[RP-11] a late joiner's snapshot has the last records that were shown", async () => {
    const live = await liveEngine();
    join(live, "r");
    await live.settle();
    await set(live, ceiling(4));
    await crowd(live, 40);
    await live.settle(1_000);
    const { socket } = join(live, "r");
    await live.settle();

    const snapshot = socket.of("snapshot")[0];
    assert.equal(snapshot?.items.filter(({ kind }) => kind === "danmaku").length, 4);
    assert.ok(snapshot.items.every((item) => !("withheld" in item)));
    await live.stop();
  });

  it("[RP-3] a dry run shows everything, and counts", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, ceiling(5, "dry_run"));
    await crowd(live, 20);

    assert.equal(socket.texts.length, 20);
    assert.equal(sampledOf(socket), 0);
    const { counts } = await live.engine.commands.policies(SERVICE, "r", live.ctx);
    assert.deepEqual(counts.ceiling, { on: 0, dry_run: 15 });
    assert.equal(live.engine.totals.policies.ceiling.dry_run, 15);
    assert.equal(live.engine.gateway.ledger().shed.sampled, 0);
    await live.stop();
  });

  it("[RP-1] is off again at once", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, ceiling(1));
    await crowd(live, 5);
    assert.equal(socket.texts.length, 1);
    await set(live, ceiling(1, "off"));
    await crowd(live, 5, 10);

    assert.equal(socket.texts.length, 6);
    assertChain(socket);
    await live.stop();
  });

  it("[RP-1] only moderators, the room's host and services may change policies or see what they did", async () => {
    const live = await liveEngine();
    await carry(live, live.engine.commands.create(user("h", "host"), { id: "r" }, live.ctx));
    const { commands } = live.engine;
    for (const who of [user("v"), user("other", "host")]) {
      await assert.rejects(
        carry(live, commands.setPolicies(who, "r", ceiling(1), live.ctx)),
        coded("BARRAGE_FORBIDDEN"),
      );
      await assert.rejects(async () => commands.policies(who, "r", live.ctx), coded("BARRAGE_FORBIDDEN"));
    }
    for (const who of [user("h", "host"), user("m", "moderator")]) {
      const policies = await carry(live, commands.setPolicies(who, "r", ceiling(7), live.ctx));
      assert.equal(policies.ceiling.per_second, 7);
    }
    await live.stop();
  });

  it("[RP-1] a number out of its range is refused, at n - 1, n and n + 1", async () => {
    const live = await liveEngine();
    join(live, "r");
    await live.settle();
    for (const [per_second, isGood] of [
      [0, false],
      [1, true],
      [2, true],
      [999, true],
      [1_000, true],
      [1_001, false],
      [1.5, false],
    ] as const) {
      const change = set(live, ceiling(per_second));
      if (isGood) await change;
      else await assert.rejects(change, coded("BARRAGE_BAD_FIELD"));
    }
    await live.stop();
  });

  it("[RP-2] a change is a record of the room, in order with danmaku, and is in the audit log", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "before");
    await set(live, ceiling(9));
    await publish(live, "r", "after");

    const kinds = socket.of("batch").flatMap(({ items }) => items.map(({ kind }) => kind));
    assert.deepEqual(kinds.slice(-3), ["danmaku", "room-event", "danmaku"]);
    const [newest] = await carry(live, live.engine.commands.audit(SERVICE, "r", 1, live.ctx));
    assert.equal(newest?.action, "policies");
    assert.equal(newest.detail, "ceiling on 9");
    const late = join(live, "r");
    await live.settle();
    assert.equal(late.socket.of("snapshot")[0]?.policies?.ceiling.per_second, 9);
    await live.stop();
  });

  it("[RP-1] new rooms begin with what is configured", async () => {
    const rooms = { ...settings.rooms, policies: ceiling(3) };
    const live = await liveEngine({ settings: { rooms } });
    const { socket } = join(live, "r");
    await live.settle();

    assert.equal(socket.of("snapshot")[0]?.policies?.ceiling.per_second, 3);
    await crowd(live, 9);
    assert.equal(socket.texts.length, 3);
    await live.stop();
  });
});
