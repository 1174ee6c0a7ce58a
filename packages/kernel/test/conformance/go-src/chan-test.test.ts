import assert from "node:assert/strict";
import { type Case, Channel, nextTurn, recv, scope, select, send, trySelect } from "@barrage/kernel";
import { collectGarbage } from "../../garbage.ts";
import { from } from "../support/origin.ts";
import { END, hasEnded, settle, valueOf } from "../support/waiting.ts";

const it = from("go src/runtime/chan_test.go");

function full(capacity: number): Channel<number> {
  const channel = new Channel<number>(capacity);
  for (let i = 0; i < capacity; i++) assert.equal(channel.trySend(i), true);
  return channel;
}

async function receiveWaits(capacity: number): Promise<void> {
  const channel = new Channel<number>(capacity);
  const waiting = [channel.receive(), channel.receive()];
  assert.equal(await hasEnded(Promise.race(waiting)), false);
  assert.equal(channel.tryReceive(), undefined);
  assert.equal(trySelect({ get: recv(channel) }), undefined);
  await channel.send(1);
  await channel.send(2);
  assert.deepEqual((await Promise.all(waiting)).map(valueOf), [1, 2]);
}

async function sendWaits(capacity: number): Promise<void> {
  const channel = full(capacity);
  const sending = channel.send(-1);
  assert.equal(await hasEnded(sending), false);
  assert.equal(channel.trySend(-2), false);
  assert.equal(trySelect({ put: send(channel, -2) }), undefined);
  await channel.receive();
  await sending;
}

async function closeEnds(capacity: number): Promise<void> {
  const channel = full(capacity);
  channel.close();
  for (let i = 0; i < capacity; i++) assert.equal(valueOf(await channel.receive()), i);
  assert.deepEqual([await channel.receive(), channel.tryReceive()], [END, END]);

  const empty = new Channel<number>(capacity);
  const waiting = empty.receive();
  await settle(1);
  empty.close();
  assert.deepEqual(await waiting, END);
}

async function inOrder(capacity: number): Promise<void> {
  const channel = new Channel<number>(capacity);
  await scope(async (s) => {
    s.spawn(async (ctx) => {
      for (let i = 0; i < 100; i++) await channel.send(i, ctx);
    });
    for (let i = 0; i < 100; i++) assert.deepEqual(await channel.receive(), { done: false, value: i });
  });
}

/** Four senders of 1000 numbers each and four receivers: each number comes four times. */
async function manyToMany(capacity: number): Promise<void> {
  const channel = new Channel<number>(capacity);
  const seen = new Uint8Array(1000);
  await scope((s) => {
    for (let p = 0; p < 4; p++) {
      s.spawn(async (ctx) => {
        for (let i = 0; i < seen.length; i++) await channel.send(i, ctx);
      });
      s.spawn(async (ctx) => {
        for (let i = 0; i < seen.length; i++) {
          const value = valueOf(await channel.receive(ctx));
          seen[value] = (seen[value] ?? 0) + 1;
        }
      });
    }
  });
  assert.ok(seen.every((count) => count === 4));
}

it(
  "TestChan",
  "[KN-41, KN-42, KN-45] with a capacity of 0 to 199 it waits, ends, keeps order and loses nothing",
  async () => {
    for (let capacity = 0; capacity < 200; capacity++) {
      await receiveWaits(capacity);
      await sendWaits(capacity);
      await closeEnds(capacity);
      await inOrder(capacity);
      await manyToMany(capacity);
      const channel = full(capacity);
      assert.deepEqual([channel.length, channel.capacity], [capacity, capacity]);
    }
  },
);

it(
  "TestNonblockRecvRace",
  "[KN-42] a value that is there, or the end, is ready: a try never finds nothing",
  async () => {
    for (let i = 0; i < 10_000; i++) {
      const channel = full(1);
      await scope((s) => {
        s.spawn(() => assert.notEqual(channel.tryReceive(), undefined));
        channel.close();
        s.spawn(() => channel.receive());
      });
    }
  },
);

/** While one channel is ready or the other is, a select with a default finds one of them, whenever it runs. */
async function alwaysOneReady(
  second: () => Channel<number>,
  makeReady: (c: Channel<number>) => void,
): Promise<void> {
  for (let i = 0; i < 10_000; i++) {
    const [c1, c2] = [full(1), second()];
    await scope(async (s) => {
      s.spawn(() => assert.notEqual(trySelect({ c1: recv(c1), c2: recv(c2) }), undefined));
      if (i % 2 === 0) await Promise.resolve();
      makeReady(c2);
      c1.tryReceive();
    });
  }
}

it("TestNonblockSelectRace", "[KN-86] a select looks at all channels in one moment", () =>
  alwaysOneReady(
    () => new Channel<number>(1),
    (channel) => channel.trySend(1),
  ),
);

it("TestNonblockSelectRace2", "[KN-86] also where the second becomes ready by its close", () =>
  alwaysOneReady(
    () => new Channel<number>(),
    (channel) => channel.close(),
  ),
);

it("TestSelfSelect", "[KN-87] two that send and receive on one channel never meet themselves", async () => {
  for (const capacity of [0, 10]) {
    const channel = new Channel<number>(capacity);
    await scope((s) => {
      for (const p of [0, 1]) {
        s.spawn(async (ctx) => {
          for (let i = 0; i < 1000; i++) {
            const [put, get] = [send(channel, p), recv(channel)];
            const got = await (p === 0 || i % 2 === 0
              ? select({ put, get }, ctx)
              : select({ get, put }, ctx));
            if (got.case === "get" && capacity === 0) assert.notEqual(valueOf(got.value), p);
          }
        });
      }
    });
  }
});

it(
  "TestSelectStress",
  "[KN-45] sends, receives and selects on four channels lose nothing and never stop",
  async () => {
    const each = 20_000;
    const channels = [0, 0, 2, 3].map((capacity) => new Channel<number>(capacity));
    await scope((s) => {
      for (const channel of channels) {
        s.spawn(async (ctx) => {
          for (let i = 0; i < each; i++) await channel.send(0, ctx);
        });
        s.spawn(async (ctx) => {
          for (let i = 0; i < each; i++) await channel.receive(ctx);
        });
      }
      const kinds: ReadonlyArray<(channel: Channel<number> | null) => Case<unknown>> = [
        (c) => send(c, 0),
        recv,
      ];
      for (const one of kinds) {
        s.spawn(async (ctx) => {
          const left = channels.map(() => each);
          const on = (i: number): Channel<number> | null =>
            (left[i] ?? 0) > 0 ? (channels[i] ?? null) : null;
          for (let i = 0; i < channels.length * each; i++) {
            const got = await select({ c0: one(on(0)), c1: one(on(1)), c2: one(on(2)), c3: one(on(3)) }, ctx);
            const index = Number(got.case.slice(1));
            left[index] = (left[index] ?? 0) - 1;
          }
        });
      }
    });
    assert.deepEqual(
      channels.map((channel) => channel.length),
      [0, 0, 0, 0],
    );
  },
);

it(
  "TestSelectFairness",
  "[KN-81] of four cases with two ready each of the two has half of 10,000",
  async () => {
    const trials = 10_000;
    const [c1, c2] = [1, 2].map((value) => {
      const channel = new Channel<number>(trials + 1);
      for (let i = 0; i <= trials; i++) channel.trySend(value);
      return channel;
    });
    const [c3, c4, out] = [new Channel<number>(), new Channel<number>(), new Channel<number>()];
    const done = new Channel<void>();
    let ones = 0;
    await scope(async (s) => {
      s.spawn(async (ctx) => {
        for (;;) {
          const got = await select({ c3: recv(c3), c4: recv(c4), c1: recv(c1), c2: recv(c2) }, ctx);
          const next = await select({ out: send(out, valueOf(got.value)), done: recv(done) }, ctx);
          if (next.case === "done") return;
        }
      });
      for (let i = 0; i < trials; i++) if (valueOf(await out.receive()) === 1) ones += 1;
      done.close();
    });

    // 4.89 standard deviations: a fair choice fails once in a million runs.
    const share = ones / trials;
    assert.ok(Math.abs(share - 0.5) < 4.89 / (2 * Math.sqrt(trials)), `a share of ${share}`);
  },
);

it(
  "TestChanSendInterface",
  "[KN-86] an object is sent by identity, and a full channel takes none of two",
  () => {
    const [one, channel] = [{}, new Channel<object>(1)];
    channel.trySend(one);
    assert.equal(trySelect({ put: send(channel, one) }), undefined);
    assert.equal(trySelect({ a: send(channel, one), b: send(channel, {}) }), undefined);
    assert.equal(valueOf(channel.tryReceive()), one);
  },
);

it(
  "TestPseudoRandomSend",
  "[KN-81] of two sends to one channel each is chosen more than one time in ten",
  async () => {
    const n = 100;
    for (const capacity of [0, n]) {
      const channel = new Channel<number>(capacity);
      const seen: number[] = [];
      await scope(async (s) => {
        s.spawn(async (ctx) => {
          for (let i = 0; i < n; i++) {
            await Promise.resolve();
            seen.push(valueOf(await channel.receive(ctx)));
          }
        });
        for (let i = 0; i < n; i++) await select({ one: send(channel, 1), zero: send(channel, 0) });
      });
      const ones = seen.filter((value) => value === 1).length;
      assert.ok(ones > n / 10 && n - ones > n / 10, `${ones} ones of ${n}, capacity ${capacity}`);
    }
  },
);

it("TestMultiConsumer", "[KN-45] 23 consumers pass on each of 271,828 values once", async () => {
  const [workers, rounds] = [23, 271_828];
  const primes = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31];
  const [q, r] = [new Channel<number>(workers * 3), new Channel<number>(workers * 3)];
  let [count, sum, expected] = [0, 0, 0];
  await scope(async (s) => {
    const running = Array.from({ length: workers }, (_, w) =>
      s.spawn(async (ctx) => {
        for await (const value of q.values(ctx)) {
          if (primes[w % primes.length] === value) await Promise.resolve();
          await r.send(value, ctx);
        }
      }),
    );
    s.spawn(async (ctx) => {
      for (let i = 0; i < rounds; i++) {
        const value = primes[i % primes.length] ?? 0;
        expected += value;
        await q.send(value, ctx);
      }
      q.close();
      await Promise.all(running);
      r.close();
    });
    for await (const value of r) {
      count += 1;
      sum += value;
    }
  });
  assert.deepEqual([count, sum], [rounds, expected]);
});

it(
  "TestShrinkStackDuringBlockedSend",
  "[KN-44] a collection while a send waits changes nothing",
  async () => {
    const channel = new Channel<{ n: number }>();
    await scope(async (s) => {
      s.spawn(async (ctx) => {
        for (let n = 0; n < 10; n++) await channel.send({ n }, ctx);
      });
      for (let n = 0; n < 10; n++) {
        await collectGarbage();
        assert.equal(valueOf(await channel.receive()).n, n);
      }
    });
  },
);

it(
  "TestSelectDuplicateChannel",
  "[KN-82] a channel twice in one select leaves both of its waiters",
  async () => {
    const [c, d, e] = [new Channel<number>(), new Channel<number>(), new Channel<number>()];
    await scope(async (s) => {
      s.spawn(async (ctx) => {
        const got = await select({ c1: recv(c), c2: recv(c), d: recv(d) }, ctx);
        assert.equal(got.case, "d");
        await e.send(9, ctx);
      });
      await settle();
      const second = s.spawn((ctx) => c.receive(ctx));
      await nextTurn();
      await d.send(7);
      assert.equal(valueOf(await e.receive()), 9);
      await c.send(8);
      assert.equal(valueOf(await second), 8);
    });
  },
);

it(
  "TestSelectStackAdjust",
  "[KN-80] a collection while a select waits, on channels twice too, changes nothing",
  async () => {
    const [c, d] = [new Channel<object>(), new Channel<object>()];
    await scope(async (s) => {
      const tasks = [false, true].map((twice) =>
        s.spawn(async (ctx) => {
          const own = { value: 42 };
          const [c2, d2] = twice ? [c, d] : [null, null];
          const got = await select({ c: recv(c), c2: recv(c2), d: recv(d), d2: recv(d2) }, ctx);
          return { own: own.value, got };
        }),
      );
      await collectGarbage();
      d.close();
      for (const task of tasks) {
        const { own, got } = await task;
        assert.deepEqual([own, got.value], [42, END]);
        assert.ok(got.case.startsWith("d"));
      }
    });
  },
);
