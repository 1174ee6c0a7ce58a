import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryFeed, emptyRoom } from "@barrage/engine";
import type { ProcessMeter, RoomState } from "@barrage/engine";
import { rootContext, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { CLOSE, protocolError } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import { Gateways } from "../src/router/gateways.ts";
import { RepeatingFeed } from "../src/router/repeating-feed.ts";
import { settings } from "./support/live-engine.ts";
import { LoneGateway, batchOf } from "./support/lone-gateway.ts";

describe("a gateway apart from its owner", () => {
  it("[WK-11] fills what the room's head shows to be lost, though nobody says anything more", async () => {
    await using lone = new LoneGateway();
    const socket = await lone.join();
    await lone.publish(batchOf(1));
    await lone.publish(batchOf(2, 3), { lost: true });
    assert.deepEqual(socket.texts, ["text 1"]);

    await lone.repeat(3);
    await lone.repeat(3);

    assert.deepEqual(socket.texts, ["text 1", "text 2", "text 3"]);
    assert.equal(lone.events.filter(({ type }) => type === "feed_gap").length, 1);
    assert.equal(lone.gateway.totals.duplicates, 0);
  });

  it("[DL-24] a drain leaves nobody in who was on the way into a room", async () => {
    await using lone = new LoneGateway();
    await lone.join();
    const { promise, resolve } = Promise.withResolvers<void>();
    lone.stateIsThere = promise;
    const late = await lone.join();
    await lone.gateway.drain(CLOSE.DRAIN.code, 1_000, lone.ctx);
    resolve();
    await lone.clock.advance(0);

    assert.equal(late.closed?.code, CLOSE.DRAIN.code);
    assert.equal(lone.gateway.connections, 0);
  });

  it("[DL-34] loses nothing of what comes as a fill ends", async () => {
    // One of these moments lies between a fill's last look and its end.
    for (let turns = 0; turns < 24; turns += 1) {
      await using lone = new LoneGateway();
      const socket = await lone.join();
      await lone.publish(batchOf(1));
      await lone.publish(batchOf(2, 3), { lost: true });
      void lone.feed.publish({ room: "r", prev: 3, seq: 3, items: [] }, lone.ctx);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      void lone.window.append(batchOf(4));
      void lone.feed.publish(batchOf(4), lone.ctx);
      for (let step = 0; step < 8; step += 1) await lone.clock.advance(0);

      assert.deepEqual(socket.texts, ["text 1", "text 2", "text 3", "text 4"], `after ${turns} turns`);
    }
  });

  it("[WK-11] fills also where two came at once into a quiet room", async () => {
    await using lone = new LoneGateway();
    const sockets = await Promise.all([lone.join(), lone.join()]);
    await lone.publish(batchOf(1), { lost: true });

    await lone.repeat(1);

    for (const socket of sockets) assert.deepEqual(socket.texts, ["text 1"]);
  });

  it("[CR-41] tells of each viewer who has come in, and not of who was turned away", async () => {
    await using lone = new LoneGateway();
    lone.state = protocolError("BARRAGE_ROOM_UNKNOWN");
    await lone.join();
    lone.state = emptyRoom("r");
    await lone.join();
    await lone.join();

    assert.deepEqual(lone.came, ["r u 192.0.2.1", "r u 192.0.2.1"]);
  });

  it("[RM-12] shows who joins the room as of the records that its first batch comes after", async () => {
    await using lone = new LoneGateway();
    await lone.window.append(batchOf(1, 2, 3));
    const { head } = await lone.window.read("r", 0, 0);
    lone.state = { ...emptyRoom("r"), title: "new", head };

    const socket = await lone.join();

    assert.deepEqual(lone.asked, [0, 3]);
    assert.deepEqual(
      socket.of("snapshot").map(({ room: { title }, head: at }) => [title, at]),
      [["new", 3]],
    );
  });

  it("[WK-11] a head that it has reached changes nothing", async () => {
    await using lone = new LoneGateway();
    const socket = await lone.join();
    await lone.publish(batchOf(1));

    await lone.repeat(1);
    await lone.repeat(0);

    assert.deepEqual(socket.texts, ["text 1"]);
    assert.deepEqual(
      lone.events.filter(({ type }) => type === "feed_gap"),
      [],
    );
  });

  it("[WK-11] goes on trying while the window cannot be read, and keeps its viewers", async () => {
    await using lone = new LoneGateway();
    const socket = await lone.join();
    await lone.publish(batchOf(1), { lost: true });
    lone.faults.push(protocolError("BARRAGE_UNAVAILABLE"), protocolError("BARRAGE_UNAVAILABLE"));

    await lone.repeat(1);
    assert.deepEqual(socket.texts, []);
    await lone.clock.advance(500);

    assert.deepEqual(socket.texts, ["text 1"]);
    assert.equal(socket.closed, undefined);
  });

  it("[WK-17] sends away with a delay of its own whom it cannot let in just now", async () => {
    await using lone = new LoneGateway();
    lone.state = protocolError("BARRAGE_UNAVAILABLE", { retryAfterMs: 1_500 });

    const socket = await lone.join();

    assert.deepEqual(
      socket.frames.map((frame) => ("retry_ms" in frame ? frame.retry_ms : frame.type)),
      ["error", 1_500],
    );
    assert.equal(socket.closed?.code, CLOSE.TRY_AGAIN.code);
  });

  it("[WK-10] closes who was banned between the first look and the subscription", async () => {
    await using lone = new LoneGateway();
    const banned: RoomState = { ...emptyRoom("r"), bans: new Map([["u", null]]) };
    const { window } = lone;
    const read = window.read.bind(window);
    window.read = (...given) => {
      lone.state = banned;
      return read(...given);
    };

    const socket = await lone.join();

    assert.equal(socket.closed?.code, CLOSE.BANNED.code);
  });

  it("[WK-13] shows its own viewers and those elsewhere together", async () => {
    await using lone = new LoneGateway();
    lone.elsewhere = 40;
    const socket = await lone.join();
    assert.equal(socket.of("snapshot")[0]?.viewers, 41);

    lone.elsewhere = 41;
    await lone.clock.advance(settings.viewersEveryMs);

    assert.equal(socket.of("viewers").at(-1)?.count, 42);
  });
});

describe("the heads of rooms on the feed", () => {
  const ACTIVE_MS = 60_000;

  async function repeating(): Promise<{
    feed: RepeatingFeed;
    clock: FakeClock;
    ctx: Context;
    repeats: number[];
    scope: Scope;
  }> {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const inner = createMemoryFeed();
    const repeats: number[] = [];
    const subscription = inner.subscribe({
      batch: ({ items }) => void (items.length === 0 && repeats.push(clock.now())),
      interrupted: () => undefined,
    });
    await subscription.enter("r", ctx);
    const feed = new RepeatingFeed(inner, clock, ACTIVE_MS);
    const scope = new Scope(ctx, { name: "test", onError: "report" });
    scope.spawn((own) => feed.run(own), { name: "heads" });
    await clock.advance(0);
    return { feed, clock, ctx, repeats, scope };
  }

  it("[WK-11] are repeated within a second of the last batch, and then every 5 s", async () => {
    const { feed, clock, ctx, repeats, scope } = await repeating();
    await using _ = scope;
    await clock.advance(1_234);
    await feed.publish(batchOf(1), ctx);
    const at = clock.now();

    await clock.advance(21_000);

    const [first = 0] = repeats;
    assert.equal(first - at <= 1_000, true, `after ${first - at} ms`);
    assert.deepEqual(
      repeats.slice(1).map((moment, i) => moment - (repeats[i] ?? 0)),
      [5_000, 5_000, 5_000, 5_000],
    );
  });

  it("[WK-11] are not repeated while the room talks, nor when the window has forgotten its batches", async () => {
    const { feed, clock, ctx, repeats, scope } = await repeating();
    await using _ = scope;
    for (let seq = 1; seq <= 100; seq += 1) {
      await feed.publish(batchOf(seq), ctx);
      await clock.advance(100);
    }
    const silentFrom = clock.now();
    assert.deepEqual(repeats, []);

    await clock.advance(3 * ACTIVE_MS);

    assert.equal(Math.max(...repeats) <= silentFrom + ACTIVE_MS, true);
    assert.equal(repeats.length > 1, true);
  });
});

describe("flush windows for several gateways", () => {
  const FLUSH = { minMs: 10, maxMs: 250, cpuShare: 0.5 };

  /** A process that reports now and then. */
  class Reporting {
    reading = { now: 0, busyMs: 0, cpuMs: 0 };
    work = { writes: 0, ms: 0 };
    readonly viewers: number;

    constructor(viewers: number) {
      this.viewers = viewers;
    }

    get meter(): ProcessMeter {
      return {
        now: () => this.reading.now,
        busyMs: () => this.reading.busyMs,
        cpuMs: () => this.reading.cpuMs,
        lateness: () => ({ timers: 0, ms: 0 }),
      };
    }

    viewersOf(): number {
      return this.viewers;
    }

    /** `ms` later, of which `msOfWork` went into `writes`. */
    report(ms: number, writes: number, msOfWork: number): void {
      const { now, busyMs, cpuMs } = this.reading;
      this.reading = { now: now + ms, busyMs: busyMs + msOfWork, cpuMs: cpuMs + msOfWork };
      this.work = { writes: this.work.writes + writes, ms: this.work.ms + msOfWork };
    }
  }

  const COUNTS = new Map([["r", 25]]);

  it("[WK-12] the busiest process decides, and stops deciding when it has gone", () => {
    const gateways = new Gateways(FLUSH);
    const [idle, busy] = [new Reporting(10), new Reporting(10_000)];
    gateways.attach(idle);
    const seat = gateways.attach(busy);
    assert.equal(gateways.windowMs("r"), 10);
    assert.equal(gateways.viewersOf("r"), 10_010);

    idle.report(250, 250, 2);
    busy.report(250, 25_000, 150);
    gateways.revise(COUNTS);
    const both = gateways.windowMs("r");
    seat[Symbol.dispose]();

    // 10,000 writes of 6 us take 60 ms: in half of the time every 120 ms.
    assert.equal(both >= 100 && both <= 250, true, `${both} ms`);
    assert.equal(gateways.windowMs("r"), 10);
    assert.equal(gateways.longestMs, 10);
    assert.equal(gateways.viewersOf("r"), 10);
  });

  it("[WK-12] what was published waits for the report of the span that it belongs to", () => {
    const [prompt, late] = [new Gateways(FLUSH), new Gateways(FLUSH)];
    const one = new Reporting(10_000);
    prompt.attach(one);
    const other = new Reporting(10_000);
    late.attach(other);

    one.report(250, 25_000, 150);
    prompt.revise(COUNTS);
    // The same load, reported after the second look only.
    late.revise(new Map([["r", 20]]));
    other.report(250, 25_000, 150);
    late.revise(new Map([["r", 5]]));

    assert.equal(late.windowMs("r"), prompt.windowMs("r"));
  });

  it("[WK-12] a process that hands batches on to others counts its own writes", () => {
    const gateways = new Gateways(FLUSH);
    const owner = new Reporting(0);
    gateways.attach(Object.assign(owner, { writesOf: () => 3 }));

    owner.report(250, 3_000, 240);
    gateways.revise(new Map([["r", 1_000]]));

    // Three writes of 80 us a batch, with nearly all of the time taken by them: at most every 2.4 ms would do.
    assert.equal(gateways.windowMs("r"), 10);
    assert.equal(gateways.viewersOf("r"), 0);
  });
});
