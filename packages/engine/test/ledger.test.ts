import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryFeed, imbalance, sumLedgers, EMPTY_LEDGER } from "@barrage/engine";
import type { Batch, EnginePorts, Feed, FeedHandler, FeedSubscription, Ledger } from "@barrage/engine";
import { FakeClock } from "@barrage/testkit";
import {
  FakeSocket,
  caller,
  carry,
  join,
  liveEngine,
  makePorts,
  publish,
  said,
  settings,
} from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

/** A feed that loses what it is told to lose, and shows what it carried. */
class LossyFeed implements Feed {
  readonly seen: Batch[] = [];
  losing = false;
  private readonly inner = createMemoryFeed();

  async publish(batch: Batch, ctx: Parameters<Feed["publish"]>[1]): Promise<void> {
    this.seen.push(batch);
    if (!this.losing) await this.inner.publish(batch, ctx);
  }

  /** What a connection to it that broke and came back is told. */
  interrupt: (room: string) => void = () => undefined;

  subscribe(handler: FeedHandler): FeedSubscription {
    this.interrupt = (room) => handler.interrupted(room);
    return this.inner.subscribe(handler);
  }
}

async function withFeed(bounds = settings.window): Promise<{ live: LiveEngine; feed: LossyFeed }> {
  const clock = new FakeClock();
  const feed = new LossyFeed();
  const ports: EnginePorts = { ...makePorts(clock, bounds), feed };
  return { live: await liveEngine({ clock, ports, settings: { window: bounds } }), feed };
}

function only(live: LiveEngine, room = "r"): Ledger {
  const [ledger, ...more] = live.engine.gateway.connectionLedgers(room);
  assert.equal(more.length, 0);
  return ledger ?? EMPTY_LEDGER;
}

const say = (live: LiveEngine, count: number, ms = 30) =>
  carry(
    live,
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        live.engine.publisher.danmaku(caller("u1"), "r", said(`${String(i)} ${"字".repeat(80)}`), live.ctx),
      ),
    ),
    ms,
  );

describe("ledger", () => {
  it("[DL-19] what came by snapshot and what came by batches is told apart, and all of it is delivered", async () => {
    const live = await liveEngine();
    await publish(live, "r", "before");
    join(live, "r");
    await live.settle();
    await publish(live, "r", "after");
    await publish(live, "r", "after");

    const ledger = only(live);

    assert.deepEqual(ledger, { ...EMPTY_LEDGER, published: 2, replayed: 2, delivered: 4 });
    await live.stop();
  });

  it("[DL-29] a record counts as delivered when the operating system has taken its last byte, not before", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    const { delivered } = only(live);
    socket.stuck = true;
    await say(live, 3);
    const stuck = only(live);
    socket.read();

    assert.deepEqual([stuck.delivered, stuck.inFlight], [delivered, 3]);
    assert.deepEqual([only(live).delivered, only(live).inFlight], [delivered + 3, 0]);
    await live.stop();
  });

  it("[DL-29] what a socket still held when it ended is lost, though its buffer is empty by then", async () => {
    const live = await liveEngine();
    const { connection, socket } = join(live, "r");
    await live.settle();
    const { delivered } = only(live);
    socket.stuck = true;
    await say(live, 3);

    socket.isCut = true;
    socket.bufferedBytes = 0;
    connection.gone(1006);

    const { lostAtClose, inFlight, ...rest } = live.engine.gateway.ledger();
    assert.deepEqual([rest.delivered, lostAtClose, inFlight], [delivered, 3, 0]);
    await live.stop();
  });

  it("[DL-29] what a closed connection's socket holds is under way until it ends, and arrives if it is read", async () => {
    const live = await liveEngine();
    const { connection, socket } = join(live, "r");
    await live.settle();
    socket.stuck = true;
    await say(live, 3);
    connection.fail(new Error("the end"));
    const closed = only(live);
    socket.read();
    connection.gone(1000);

    assert.deepEqual([closed.inFlight, imbalance(closed)], [3, 0]);
    assert.equal(live.engine.gateway.ledger().lostAtClose, 0);
    await live.stop();
  });

  it("[DL-19] a batch that the feed brings twice is one published and one duplicate", async () => {
    const { live, feed } = await withFeed();
    join(live, "r");
    await live.settle();
    await say(live, 1);
    const before = only(live);

    const last = feed.seen.at(-1);
    assert.ok(last !== undefined);
    await feed.publish(last, live.ctx);

    const { published, duplicate, delivered } = only(live);
    assert.deepEqual([published, duplicate], [before.published + 1, before.duplicate + 1]);
    assert.equal(delivered, before.delivered);
    await live.stop();
  });

  it("[DL-19] a muted sender's record is in the ledger of each connection that would have got it", async () => {
    const live = await liveEngine();
    await publish(live, "r", "hello");
    join(live, "r");
    await live.settle();
    const author = { uid: "u1", name: "U1", role: "viewer" } as const;
    const base = { at: live.clock.wall(), author };
    const { log } = live.ports;
    const mute = { type: "mute", uid: "u1", until: null } as const;
    await log.append({ room: "r", entry: { kind: "room-event", id: "m", ...base, event: mute } }, live.ctx);
    await log.append({ room: "r", entry: { kind: "danmaku", id: "d", ...base, ...said("late") } }, live.ctx);
    await live.settle(50);

    const { published, muted } = only(live);

    assert.deepEqual([published, muted], [2, 1]);
    await live.stop();
  });

  it("[DL-19] [DL-20] what the window has lost is shed as expired, with its count", async () => {
    const bounds = { ...settings.window, maxItems: 5, snapshotItems: 0 };
    const { live, feed } = await withFeed(bounds);
    const { socket } = join(live, "r");
    await live.settle();
    await say(live, 1);
    feed.losing = true;
    await say(live, 12);
    feed.losing = false;
    await say(live, 1);

    const { shed, published } = only(live);

    assert.equal(socket.of("gap")[0]?.count, 8);
    assert.equal(shed.expired, 8);
    // The room's own record, and what was said.
    assert.equal(published + only(live).replayed >= 14, true);
    await live.stop();
  });

  it("[DL-20] the last batch was lost: a feed that was interrupted is made up for at once", async () => {
    const { live, feed } = await withFeed();
    const { socket } = join(live, "r");
    await live.settle();
    await say(live, 1);
    feed.losing = true;
    await say(live, 2);

    feed.interrupt("r");
    await live.settle();

    assert.equal(socket.texts.length, 3);
    await live.stop();
  });

  it("[DL-4] a viewer who joins while a lost batch is read again gets only what the snapshot did not have", async () => {
    const { live, feed } = await withFeed();
    join(live, "r");
    await live.settle();
    await say(live, 1);
    feed.losing = true;
    await say(live, 2);
    const late = join(live, "r");
    await live.settle();
    feed.losing = false;
    await say(live, 2);

    const seqs = late.socket.frames.flatMap((frame) =>
      frame.type === "batch" || frame.type === "snapshot" ? frame.items.map(({ seq }) => seq) : [],
    );
    assert.deepEqual(
      seqs,
      [...new Set(seqs)].sort((a, b) => a - b),
    );
    const [, second] = live.engine.gateway.connectionLedgers("r");
    assert.equal(second?.duplicate, 2);
    await live.stop();
  });

  it("[DL-19] batches that waited for a snapshot which never came are lost at close", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { read } = ports.window;
    let holding = false;
    const held = Promise.withResolvers<void>();
    ports.window.read = async (...args) => {
      if (holding) await held.promise;
      return read.apply(ports.window, args);
    };
    const live = await liveEngine({ clock, ports });
    await say(live, 1);
    holding = true;
    const { connection } = join(live, "r");
    await live.settle();
    await say(live, 4);
    const waiting = only(live);
    connection.gone(1006);
    held.resolve();
    await live.settle();

    assert.deepEqual([waiting.published, waiting.inFlight], [4, 4]);
    assert.equal(live.engine.gateway.ledger().lostAtClose, 4);
    await live.stop();
  });

  it("[DL-30] a room's ledger is the sum of its connections, the process's that of its rooms, ended ones included", async () => {
    const live = await liveEngine();
    const one = join(live, "r");
    join(live, "r");
    join(live, "other");
    await live.settle();
    await say(live, 3);
    one.connection.gone(1000);
    await say(live, 2);

    const rooms = [...live.engine.gateway.roomLedgers()];
    const sum = rooms.map(({ ledger }) => ledger).reduce(sumLedgers, EMPTY_LEDGER);

    assert.deepEqual(sum, live.engine.gateway.ledger());
    const r = rooms.find(({ room }) => room === "r");
    assert.ok(r !== undefined);
    assert.equal(r.viewers, 1);
    const { published, replayed, duplicate } = r.ledger;
    assert.equal(published + replayed - duplicate, (3 + 1) * 2 + 2);
    await live.stop();
  });

  it("[DL-30] the ledger of a room outlives its last viewer in the process's sum", async () => {
    const live = await liveEngine();
    const { connection } = join(live, "r");
    await live.settle();
    await say(live, 3);
    connection.gone(1000);

    assert.deepEqual([...live.engine.gateway.roomLedgers()], []);
    assert.equal(live.engine.gateway.ledger().delivered, 4);
    await live.stop();
  });

  it("[DL-19] a socket that takes no more makes what it is offered lost, not delivered", async () => {
    const live = await liveEngine();
    const socket = new FakeSocket();
    const { connection } = join(live, "r", { socket });
    await live.settle();
    const { delivered } = only(live);
    socket.isCut = true;
    await say(live, 2);
    connection.gone(1006);

    const ledger = live.engine.gateway.ledger();
    assert.deepEqual([ledger.delivered, ledger.lostAtClose], [delivered, 2]);
    await live.stop();
  });
});
