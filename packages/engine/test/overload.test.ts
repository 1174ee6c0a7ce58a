import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EngineSettings } from "@barrage/engine";
import { OutboundBudget } from "../src/gateway/outbound-budget.ts";
import type { Holder } from "../src/gateway/outbound-budget.ts";
import { caller, carry, join, liveEngine, said, settings } from "./support/live-engine.ts";
import type { FakeSocket, LiveEngine } from "./support/live-engine.ts";

const text = (i: number) => `${String(i)} ${"字".repeat(90)}`;

const say = (live: LiveEngine, count: number, role: "viewer" | "host" = "viewer") =>
  carry(
    live,
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        live.engine.publisher.danmaku(caller(role, role), "r", said(text(i)), live.ctx),
      ),
    ),
    50,
  );

const like = (live: LiveEngine) =>
  carry(live, live.engine.publisher.like(caller("fan"), "r", { count: 1 }, live.ctx), 50);

/** A viewer whose socket holds `bytes` and takes nothing. */
async function holding(live: LiveEngine, bytes: number): Promise<FakeSocket> {
  const { socket } = join(live, "r");
  await live.settle(100);
  socket.stuck = true;
  socket.bufferedBytes = bytes;
  return socket;
}

const kindsIn = (socket: FakeSocket): readonly string[] =>
  socket.of("batch").flatMap(({ items }) => items.map(({ kind }) => kind));

const { lowBytes, highBytes } = settings.outbound;
const LIKES_MARK = (lowBytes + highBytes) / 2;

describe("what a slow connection loses first", () => {
  it("[DL-16] below the middle of the marks nothing", async () => {
    const live = await liveEngine();
    const socket = await holding(live, lowBytes);
    await like(live);
    await say(live, 1);

    assert.deepEqual(kindsIn(socket).slice(-2), ["like", "danmaku"]);
    await live.stop();
  });

  it("[DL-16] above it likes, and a batch of which they are a part says so", async () => {
    const live = await liveEngine();
    const socket = await holding(live, LIKES_MARK);
    await like(live);
    await say(live, 1);
    const [before] = socket.of("batch").slice(-1);
    const both = [
      live.engine.publisher.like(caller("fan"), "r", { count: 1 }, live.ctx),
      live.engine.publisher.danmaku(caller("u"), "r", said("and a danmaku"), live.ctx),
    ];
    // The first opens the window, the others share it.
    await carry(
      live,
      Promise.all([live.engine.publisher.danmaku(caller("v"), "r", said("x"), live.ctx), ...both]),
      50,
    );

    assert.equal(socket.of("gap")[0]?.count, 1);
    assert.equal(before?.items.at(-1)?.kind, "danmaku");
    assert.equal(kindsIn(socket).includes("like"), false);
    assert.deepEqual(
      socket.of("batch").flatMap(({ shed }) => (shed === undefined ? [] : [shed])),
      [{ count: 1, reason: "slow" }],
    );
    await live.stop();
  });

  it("[DL-16] above the high mark ordinary danmaku too, but not what the host says", async () => {
    const live = await liveEngine();
    const socket = await holding(live, highBytes);
    await like(live);
    await say(live, 3);
    await say(live, 1, "host");
    await say(live, 2);

    const after = socket.of("batch").flatMap(({ items }) => items);
    assert.deepEqual(
      after.filter(({ kind }) => kind !== "room-event").map(({ author }) => author.role),
      ["host"],
    );
    const shed = live.engine.gateway.ledger().shed.slow;
    assert.equal(shed, 6);
    await live.stop();
  });

  it("[DL-16] ends for both below the low mark", async () => {
    const live = await liveEngine();
    const socket = await holding(live, highBytes);
    await say(live, 1);
    socket.bufferedBytes = lowBytes;
    await say(live, 1);
    const still = kindsIn(socket).filter((kind) => kind === "danmaku").length;
    socket.bufferedBytes = lowBytes - 1;
    await like(live);
    await say(live, 1);

    assert.deepEqual([still, kindsIn(socket).slice(-2)], [0, ["like", "danmaku"]]);
    await live.stop();
  });
});

describe("the outbound budget of the process", () => {
  const PROCESS_BYTES = 1_000_000;
  const outbound: EngineSettings["outbound"] = { ...settings.outbound, processBytes: PROCESS_BYTES };

  it("[OL-1] a thousand readers that stop reading never hold more than it, and each no more than its own limit", async () => {
    const live = await liveEngine({ settings: { outbound } });
    const readers = Array.from({ length: 1_000 }, () => join(live, "r").socket);
    await live.settle(100);
    for (const socket of readers) socket.stuck = true;
    let [most, mostOfOne] = [0, 0];
    const measure = (): void => {
      const open = readers.filter(({ isCut }) => !isCut);
      most = Math.max(
        most,
        open.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0),
      );
      mostOfOne = Math.max(mostOfOne, ...open.map(({ bufferedBytes }) => bufferedBytes));
    };

    for (let i = 0; i < 12; i += 1) {
      await say(live, 5);
      measure();
    }

    const { peakBytes, peakConnectionBytes } = live.engine.gateway.outbound;
    assert.equal(most > PROCESS_BYTES / 2 && most <= PROCESS_BYTES, true, String(most));
    assert.equal(mostOfOne <= outbound.limitBytes, true, String(mostOfOne));
    assert.deepEqual([peakBytes <= PROCESS_BYTES, peakConnectionBytes <= outbound.limitBytes], [true, true]);
    const cut = readers.filter(({ isCut }) => isCut);
    assert.equal(cut.length > 0, true);
    assert.deepEqual([...new Set(cut.map(({ closed }) => closed?.code))], [4001]);
    await live.stop();
  });

  it("[OL-7] a closed connection that is not read is cut after 5 s, one that ends by itself is not", async () => {
    const live = await liveEngine();
    const stuck = await holding(live, 100);
    const { connection } = live.seats[0] ?? assert.fail();
    const { connection: other, socket } = join(live, "r");
    await live.settle();

    for (const each of [connection, other]) each.fail(new Error("the end"));
    await live.settle(5_000);
    const atLimit = stuck.isCut;
    await live.settle(1_000);

    assert.deepEqual([atLimit, stuck.isCut, socket.isCut], [false, true, false]);
    await live.stop();
  });

  it("[OL-1] the largest holder goes first, and gives its bytes back at once", () => {
    const budget = new OutboundBudget(100);
    const gone: string[] = [];
    const holder = (name: string, unsentBytes: number): Holder => ({
      unsentBytes,
      cutOff: () => gone.push(name),
    });
    const [small, large, asker] = [holder("small", 30), holder("large", 50), holder("asker", 10)];
    for (const each of [small, large, asker]) budget.note(each, each.unsentBytes);

    const atLimit = budget.admit(asker, 10);
    const none = [...gone];
    const over = budget.admit(asker, 11);

    assert.deepEqual([atLimit, none, over, gone, budget.heldBytes], [true, [], true, ["large"], 40]);
  });

  it("[OL-1] what is not true any more is measured before anybody goes", () => {
    const budget = new OutboundBudget(100);
    const drained: Holder = { unsentBytes: 0, cutOff: () => assert.fail("it holds nothing") };
    budget.note(drained, 100);

    assert.equal(budget.admit({ unsentBytes: 0, cutOff: () => undefined }, 100), true);
    assert.equal(budget.heldBytes, 0);
  });

  it("[OL-1] who asks for more than there is goes itself", () => {
    const budget = new OutboundBudget(100);
    let isCut = false;
    const asker: Holder = { unsentBytes: 60, cutOff: () => (isCut = true) };
    budget.note(asker, 60);

    assert.deepEqual([budget.admit(asker, 41), isCut], [false, true]);
  });

  for (const [held, cut] of [
    [[10, 40, 50], 1],
    [[30, 30, 33], 0],
    [[10, 10, 80], 1],
    [[45, 5, 46], 1],
  ] as const) {
    it(`[OL-9] of ${held.join(", ")} bytes and 7 more, with room for 100, ${cut} of the largest go, and a sixteenth is free`, () => {
      const budget = new OutboundBudget(100);
      const gone: number[] = [];
      for (const unsentBytes of held)
        budget.note({ unsentBytes, cutOff: () => gone.push(unsentBytes) }, unsentBytes);

      assert.equal(budget.admit({ unsentBytes: 0, cutOff: () => assert.fail("it holds nothing") }, 7), true);

      assert.deepEqual(gone, [...held].sort((a, b) => b - a).slice(0, cut));
      assert.equal(cut === 0 || budget.heldBytes + 7 <= 93, true);
    });
  }

  it("[OL-9] at its limit it looks at its thousands of holders a few times, not at every write", () => {
    const HOLDERS = 4_000;
    const budget = new OutboundBudget(HOLDERS * 1_000);
    let looks = 0;
    const holders = Array.from({ length: HOLDERS }, () => {
      let bytes = 1_000;
      return {
        get unsentBytes() {
          looks += 1;
          return bytes;
        },
        write(more: number) {
          if (bytes > 0 && budget.admit(this, more)) budget.note(this, (bytes += more));
        },
        cutOff: () => void (bytes = 0),
      };
    });
    for (const holder of holders) budget.note(holder, 1_000);

    for (const holder of holders) holder.write(1_000);

    assert.equal(budget.heldBytes <= budget.limitBytes, true);
    assert.equal(looks > 0 && looks <= HOLDERS * 32, true, `${looks} looks`);
  });

  it("[OL-1] holds whoever asks in whatever order", () => {
    const step = fc.record({ who: fc.nat(4), bytes: fc.nat(60), drains: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new OutboundBudget(100);
        const held = [0, 0, 0, 0, 0];
        const holders = held.map((_, who) => ({
          get unsentBytes() {
            return held[who] ?? 0;
          },
          cutOff: () => void (held[who] = 0),
        }));
        for (const { who, bytes, drains } of steps) {
          const holder = holders[who];
          assert.ok(holder !== undefined);
          if (drains) held[who] = 0;
          else if (budget.admit(holder, bytes)) {
            held[who] = (held[who] ?? 0) + bytes;
            budget.note(holder, held[who] ?? 0);
          }
          assert.equal(held.reduce((sum, each) => sum + each, 0) <= 100, true);
          assert.equal(budget.heldBytes <= 100 && budget.peak.process <= 100, true);
        }
      }),
    );
  });
});
