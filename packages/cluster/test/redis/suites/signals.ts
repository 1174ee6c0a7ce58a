import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, Channel, scope } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { MemoryLog } from "@barrage/testkit";
import type { RedisLink } from "../../../src/index.ts";
import { RedisSignals, SIGNAL_DEFAULTS } from "../../../src/index.ts";
import type { ReadSignal, RoomSignal } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

/** Short, so that what is waited for comes soon; longer than a handler that is not killed takes. */
const SOON = { ...SIGNAL_DEFAULTS, streams: 4, everyMs: 10, claimAfterMs: 200 };

const HOST = { uid: "host", name: "Host", role: "host" } as const;
const beat = (room: string, at: number): RoomSignal => ({ type: "heartbeat", room, at, author: HOST });
const byRoom = (signals: readonly RoomSignal[]) => signals.map(({ room, at }) => `${room} ${at}`).sort();

/** The coordinators' input on a Redis Cluster. */
export function signalsSuite(redis: RedisFixture): void {
  async function start(body: (run: Run) => Promise<void>): Promise<void> {
    const settings = redis.settings();
    const link = await redis.link(settings);
    try {
      await scope(async (own) => {
        await body(new Run(link, own));
        own.cancel();
      });
    } finally {
      await link.close();
    }
  }

  describe("room signals", () => {
    it("[RD-50] each signal is handled by one of the consumers, in order within a room", async () => {
      await start(async (run) => {
        const sent = Array.from({ length: 60 }, (_, i) => beat(`room${i % 6}`, i));
        const [one, two] = [run.consumer("one"), run.consumer("two")];
        for (const signal of sent) await run.signals.send(signal, run.ctx);

        const handled = await run.take(sent.length);

        assert.deepEqual(byRoom(handled), byRoom(sent));
        assert.equal(one.counts.read + two.counts.read, sent.length);
        assert.equal(run.waiting, 0);
      });
    });

    it("[RD-50] what was sent before any consumer came is handled too", async () => {
      await start(async (run) => {
        await run.signals.send(beat("r", 1), run.ctx);
        await run.signals.send({ type: "presence", room: "r", at: 2, gateway: "g", viewers: 7 }, run.ctx);

        run.consumer("one");

        assert.deepEqual(await run.take(2), [
          beat("r", 1),
          { type: "presence", room: "r", at: 2, gateway: "g", viewers: 7 },
        ]);
      });
    });

    it("[RD-51] what a killed consumer had in hand is claimed by another, under the same key", async () => {
      await start(async (run) => {
        const stuck = new Channel<ReadSignal>(10);
        const never = Promise.withResolvers<void>();
        const dead = run.consumer("dead", async (read) => {
          stuck.trySend(read);
          await never.promise;
        });
        await run.signals.send(beat("r", 1), run.ctx);
        const inHand = await stuck.receive(run.ctx);
        dead.task.cancel();
        never.reject(new Error("killed"));

        const alive = run.consumer("alive");

        assert.deepEqual(await run.take(1), [beat("r", 1)]);
        assert.deepEqual(run.keys, [inHand.value?.key]);
        assert.equal(alive.counts.claimed, 1);
      });
    });

    it("[RD-51] a handler that fails is given the signal again; with its key an append happens once", async () => {
      await start(async (run) => {
        const log = new MemoryLog();
        let tries = 0;
        run.consumer("one", async (read, ctx) => {
          tries += 1;
          const { room } = read.signal;
          const author = { uid: "system", name: "system", role: "service" } as const;
          const entry = { kind: "room-event", id: "e", at: 0, author, event: { type: "live" } } as const;
          const outcome = await log.append({ room, entry, key: read.key }, ctx);
          if (tries === 1) throw new Error("killed between append and answer");
          assert.equal(outcome.status, "repeated");
          await run.handled.send(read.signal, ctx);
        });

        await run.signals.send(beat("r", 1), run.ctx);
        await run.take(1);

        assert.equal(tries, 2);
        assert.equal((await log.read(0, 10, run.ctx)).length, 1);
      });
    });

    it("[RD-52] what is none of ours is passed over and counted", async () => {
      await start(async (run) => {
        const consumer = run.consumer("one");
        await run.sendRaw("no json");
        await run.sendRaw(
          '{"type":"heartbeat","room":"a room","at":1,"author":{"uid":"h","name":"h","role":"host"}}',
        );
        await run.sendRaw('{"type":"presence","room":"r","at":1,"gateway":"g","viewers":-1}');
        await run.signals.send(beat("r", 1), run.ctx);

        assert.deepEqual(await run.take(1), [beat("r", 1)]);
        await redis.cluster.until("all are counted", () => Promise.resolve(consumer.counts.invalid === 3));
      });
    });
  });
}

type Handle = (read: ReadSignal, ctx: Context) => Promise<void>;

class Run {
  readonly signals: RedisSignals;
  readonly keys: unknown[] = [];
  readonly ctx = background;
  readonly handled = new Channel<RoomSignal>(1_000, { name: "handled" });
  private readonly link: RedisLink;
  private readonly own: Scope;

  constructor(link: RedisLink, own: Scope) {
    this.link = link;
    this.own = own;
    this.signals = new RedisSignals(link, SOON);
  }

  get waiting(): number {
    return this.handled.length;
  }

  consumer(name: string, handle: Handle = (read, ctx) => this.note(read, ctx)) {
    const signals = new RedisSignals(this.link, SOON);
    const task = this.own.spawn((ctx) => signals.run(name, handle, ctx).catch(() => undefined), { name });
    return {
      task,
      get counts() {
        return signals.counts;
      },
    };
  }

  async take(count: number): Promise<readonly RoomSignal[]> {
    const signals: RoomSignal[] = [];
    while (signals.length < count) {
      const next = await this.handled.receive(this.ctx);
      if (next.done !== true) signals.push(next.value);
    }
    return signals;
  }

  /** Somebody else writes into the stream of room `r`. */
  async sendRaw(text: string): Promise<void> {
    const streams = Array.from({ length: SOON.streams }, (_, i) => this.link.key("signals", String(i)));
    for (const key of streams.slice(0, 1)) {
      const command = { name: "raw", key, repeatable: false };
      await this.link.command(command, (client) => client.xadd(key, "*", "s", text), this.ctx);
    }
  }

  private async note({ signal, key }: ReadSignal, ctx: Context): Promise<void> {
    this.keys.push(key);
    await this.handled.send(signal, ctx);
  }
}
