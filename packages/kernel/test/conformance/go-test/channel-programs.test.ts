import assert from "node:assert/strict";
import { Channel, liveTaskCount, recv, scope, select, send, trySelect } from "@barrage/kernel";
import { heapAfterCollection } from "../../garbage.ts";
import { from } from "../support/origin.ts";
import { settle, valueOf } from "../support/waiting.ts";

const fifo = from("go test/chan/fifo.go");
const doubleselect = from("go test/chan/doubleselect.go");
const goroutines = from("go test/chan/goroutines.go");
const zerosize = from("go test/chan/zerosize.go");
const sendstmt = from("go test/chan/sendstmt.go");
const chancap = from("go test/chancap.go");
const chanlinear = from("go test/chanlinear.go");
const select2 = from("go test/chan/select2.go");

const VALUES = 10;

fifo("AsynchFifo", "[KN-40] a buffered channel gives values in the order they were sent", async () => {
  const channel = new Channel<number>(VALUES);
  for (let i = 0; i < VALUES; i++) await channel.send(i);
  for (let i = 0; i < VALUES; i++) assert.equal(valueOf(await channel.receive()), i);
});

fifo(
  "SynchFifo",
  "[KN-40] ten tasks, each started by the one before, receive the values in order",
  async () => {
    const channel = new Channel<number>();
    const start = new Channel<number>();
    await scope(async (s) => {
      let before = start;
      for (let i = 0; i < VALUES; i++) {
        const [from, to] = [before, new Channel<number>()];
        s.spawn(async (ctx) => {
          await from.receive(ctx);
          assert.equal(valueOf(await channel.receive(ctx)), i);
          await to.send(1, ctx);
        });
        before = to;
      }
      await start.send(0);
      for (let i = 0; i < VALUES; i++) await channel.send(i);
      await before.receive();
    });
  },
);

doubleselect(
  "100000 sends",
  "[KN-80] a select of four sends gives each value to one channel only",
  async () => {
    const total = 100_000;
    const outs = [0, 1, 2, 3].map(() => new Channel<number>());
    const all = new Channel<number>();
    const seen = new Set<number>();
    await scope((s) => {
      s.spawn(async (ctx) => {
        const [a, b, c, d] = outs;
        for (let i = 0; i < total; i++) {
          await select({ a: send(a, i), b: send(b, i), c: send(c, i), d: send(d, i) }, ctx);
        }
        for (const out of outs) out.close();
      });
      const muxes = outs.map((out) =>
        s.spawn(async (ctx) => {
          for await (const value of out.values(ctx)) await all.send(value, ctx);
        }),
      );
      s.spawn(async () => {
        await Promise.all(muxes);
        all.close();
      });
      s.spawn(async (ctx) => {
        for await (const value of all.values(ctx)) {
          assert.ok(!seen.has(value), `${value} came twice`);
          seen.add(value);
        }
      });
    });
    assert.equal(seen.size, total);
  },
);

goroutines(
  "daisy chain of 10000",
  "[KN-20] one value goes through 10,000 tasks, and all of them end",
  async () => {
    const before = liveTaskCount();
    await scope(async (s) => {
      const last = new Channel<number>();
      let right: Channel<number> = last;
      for (let i = 0; i < 10_000; i++) {
        const [to, from] = [right, new Channel<number>()];
        s.spawn(async (ctx) => to.send(valueOf(await from.receive(ctx)), ctx));
        right = from;
      }
      await settle();
      assert.equal(liveTaskCount() - before, 10_000);
      const sending = right.send(1);
      assert.equal(valueOf(await last.receive()), 1);
      await sending;
    });
    assert.equal(liveTaskCount(), before);
  },
);

zerosize(
  "values of no size",
  "[KN-40] a channel of nothing but signals can be made, with a buffer or without",
  async () => {
    const [met, kept] = [new Channel<void>(), new Channel<void>(1)];
    await kept.send(undefined);
    assert.equal(met.trySend(undefined), false);
    assert.deepEqual(await kept.receive(), { done: false, value: undefined });
  },
);

sendstmt("channel of channels", "[KN-40] a channel that came out of a channel takes a value", async () => {
  const [outer, inner] = [new Channel<Channel<number>>(1), new Channel<number>(1)];
  await outer.send(inner);
  assert.equal(trySelect({ put: send(outer.tryReceive()?.value, 2) })?.case, "put");
  assert.equal(valueOf(await inner.receive()), 2);
});

chancap("len and cap", "[KN-41] length counts what is in the buffer, capacity what it can hold", () => {
  const channel = new Channel<number>(10);
  assert.deepEqual([channel.length, channel.capacity], [0, 10]);
  for (let i = 0; i < 3; i++) channel.trySend(i);
  assert.deepEqual([channel.length, channel.capacity], [3, 10]);
  const met = new Channel<number>();
  assert.deepEqual([met.length, met.capacity], [0, 0]);
});

chancap("sizes out of range", "[KN-49] a capacity below 0, or beyond what can be counted, is refused", () => {
  for (const capacity of [-1, 2 ** 59, Number.MAX_SAFE_INTEGER + 1, Infinity, 0.5, NaN]) {
    assert.throws(() => new Channel(capacity), {
      name: "InvalidArgumentError",
      code: "KERNEL_INVALID_ARGUMENT",
    });
  }
});

/** The time of a good run, in ms. */
async function bestOf(runs: number, body: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    // The process's own time, not the clock's: what else the machine does must not count.
    const before = process.cpuUsage();
    await body();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best;
}

/** `waiters` selects wait on one busy channel and one idle one; then all are met, last come first to leave. */
async function crowd(waiters: number): Promise<void> {
  const [busy, idle] = [new Channel<number>(), new Channel<number>()];
  const all: Array<Promise<unknown>> = [];
  for (let i = 0; i < waiters; i++) {
    all.push(select({ busy: recv(busy), idle: recv(idle) }));
    all.push(select({ idle: recv(idle), busy: recv(busy) }));
  }
  for (let i = 0; i < waiters; i++) {
    busy.trySend(i);
    idle.trySend(i);
  }
  await Promise.all(all);
}

chanlinear("selects on two channels", "[KN-82] leaving two lines of waiters takes linear time", async () => {
  await crowd(2000);
  const small = await bestOf(5, () => crowd(2000));
  const large = await bestOf(5, () => crowd(16_000));

  // Eight times the waiters: 8 when linear, 64 when quadratic. Twice linear is left for caches and collections.
  assert.ok(large / small < 24, `${large / small} times as long`);
});

chanlinear("sends and receives", "[KN-40] many waiting senders are served in linear time", async () => {
  const run = async (senders: number): Promise<void> => {
    const channel = new Channel<number>();
    const all = Array.from({ length: senders }, (_, i) => channel.send(i));
    for (let i = 0; i < senders; i++) channel.tryReceive();
    await Promise.all(all);
  };
  await run(4000);
  const small = await bestOf(5, () => run(4000));
  const large = await bestOf(5, () => run(32_000));

  assert.ok(large / small < 24, `${large / small} times as long`);
});

select2(
  "100000 selects",
  "[KN-82] 100,000 selects with a channel nobody uses keep less than 110 kB",
  async () => {
    const [dead, busy, done] = [new Channel<number>(), new Channel<number>(), new Channel<number>()];
    const rounds = async (count: number): Promise<void> => {
      await scope((s) => {
        s.spawn(async (ctx) => {
          for (let i = 0; i < count; i++) await select({ busy: send(busy, 0), dead: recv(dead) }, ctx);
        });
        s.spawn(async (ctx) => {
          for (let i = 0; i < count; i++)
            await select({ busy: recv(busy), dead: recv(dead), done: recv(done) }, ctx);
        });
      });
    };
    await rounds(20_000);
    const before = await heapAfterCollection();
    await rounds(100_000);

    const kept = (await heapAfterCollection()) - before;
    assert.ok(kept < 110_000, `${kept} bytes`);
  },
);
