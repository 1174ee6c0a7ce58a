import assert from "node:assert/strict";
import {
  background,
  type CancellableContext,
  Channel,
  isCancelled,
  Mutex,
  nextTurn,
  rootContext,
  RWMutex,
  Scope,
  scope,
  Semaphore,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { from } from "../support/origin.ts";
import { CLOSED, END, hasEnded, settle, valueOf } from "../support/waiting.ts";

const undelivered = from("Kotlin ChannelUndeliveredElementTest");
const rendezvous = from("Kotlin RendezvousChannelTest");
const semaphoreTest = from("Kotlin SemaphoreTest");
const trio = from("Trio test_channel.py");
const effect = from("Effect Semaphore and Queue tests");

/** A channel of names, and those of them that it gave back as undelivered. */
function withUndelivered(capacity: number): { channel: Channel<string>; back: string[] } {
  const back: string[] = [];
  return {
    channel: new Channel<string>(capacity, { onUndelivered: (value) => void back.push(value) }),
    back,
  };
}

undelivered(
  "testSendSuccessfully",
  "[KN-47] what was received is not undelivered, also after the close",
  async () => {
    for (const capacity of [0, 1, 10]) {
      const { channel, back } = withUndelivered(capacity);
      const sending = channel.send("OK");
      assert.equal(valueOf(await channel.receive()), "OK");
      await sending;
      channel.close();
      channel[Symbol.dispose]();
      assert.deepEqual(back, []);
    }
  },
);

undelivered(
  "testRendezvousSendCancelled",
  "[KN-44] a cancelled send keeps its value: the sender has it, nobody else",
  async () => {
    const { channel, back } = withUndelivered(0);
    const ctx = background.cancellable();
    const sending = channel.send("A", ctx);
    ctx.cancel();
    await assert.rejects(sending, isCancelled);
    assert.equal(channel.tryReceive(), undefined);
    channel[Symbol.dispose]();
    assert.deepEqual(back, []);
  },
);

undelivered(
  "testBufferedSendCancelled",
  "[KN-44, KN-47] of two, the buffered one is given back and the cancelled one is not",
  async () => {
    const { channel, back } = withUndelivered(1);
    const ctx = background.cancellable();
    await channel.send("A", ctx);
    const second = channel.send("B", ctx);
    ctx.cancel();
    await assert.rejects(second, isCancelled);
    assert.deepEqual(back, []);
    channel[Symbol.dispose]();
    assert.deepEqual(back, ["A"]);
  },
);

undelivered(
  "testUnlimitedChannelCancelled",
  "[KN-47] all that is in the buffer is given back, in order",
  async () => {
    const { channel, back } = withUndelivered(10);
    await channel.send("A");
    await channel.send("B");
    channel[Symbol.dispose]();
    channel[Symbol.dispose]();
    assert.deepEqual(back, ["A", "B"]);
  },
);

undelivered(
  "testSendToClosedChannel",
  "[KN-43] a send that is refused leaves the value with its sender",
  async () => {
    for (const capacity of [0, 1, 10]) {
      const { channel, back } = withUndelivered(capacity);
      channel.close();
      await assert.rejects(channel.send("OK"), CLOSED);
      assert.deepEqual([channel.tryReceive(), back], [END, []]);
    }
  },
);

rendezvous(
  "testClosedReceiveOrNull",
  "[KN-42] a value and then the end, though the close came while it waited",
  async () => {
    const channel = new Channel<number>();
    const seen: unknown[] = [];
    const receiver = (async () => {
      for (let i = 0; i < 2; i++) seen.push((await channel.receive()).value);
    })();
    await channel.send(42);
    channel.close();
    await receiver;
    assert.deepEqual(seen, [42, undefined]);
  },
);

rendezvous(
  "testOfferAndPool",
  "[KN-41] offers and polls succeed exactly when the other side waits",
  async () => {
    const channel = new Channel<number>();
    assert.equal(channel.trySend(1), false);
    assert.equal(channel.tryReceive(), undefined);
    const receiving = channel.receive();
    assert.equal(channel.trySend(2), true);
    assert.equal(valueOf(await receiving), 2);
    const sending = channel.send(3);
    assert.equal(valueOf(channel.tryReceive()), 3);
    await sending;
  },
);

for (const count of [0, 1, 2]) {
  for (const yields of count === 0 ? [false] : [false, true]) {
    const name = `testIterator${["Closed", "One", "Two"][count]}${yields ? "WithYield" : ""}`;
    rendezvous(name, "[KN-48] iteration gives what is sent and ends with the close", async () => {
      const channel = new Channel<number>();
      const seen: number[] = [];
      await scope(async (s) => {
        s.spawn(async (ctx) => {
          for (let i = 1; i <= count; i++) await channel.send(i, ctx);
          channel.close();
        });
        if (yields) await nextTurn();
        for await (const value of channel) seen.push(value);
      });
      assert.deepEqual(seen, [1, 2].slice(0, count));
    });
  }
}

rendezvous(
  "testSuspendSendOnClosedChannel",
  "[KN-42] a sender that waited before the close is still received from",
  async () => {
    const channel = new Channel<number>();
    const sending = channel.send(42);
    channel.close();
    assert.equal(await hasEnded(sending), false);
    assert.equal(valueOf(await channel.receive()), 42);
    assert.deepEqual(await channel.receive(), END);
    await sending;
  },
);

rendezvous("testProduceBadClass", "[KN-40] a value is never compared, hashed or made a string", async () => {
  const bad = {
    [Symbol.toPrimitive]: () => assert.fail("converted"),
    valueOf: () => assert.fail("valueOf"),
    toString: () => assert.fail("toString"),
  };
  const channel = new Channel<object>();
  const sending = channel.send(bad);
  assert.ok(valueOf(await channel.receive()) === bad);
  await sending;
});

rendezvous("testConsumeAll", "[KN-47] disposing refuses all who wait to send", async () => {
  const channel = new Channel<number>();
  const sends = Array.from({ length: 10 }, (_, i) => channel.send(i));
  channel[Symbol.dispose]();
  for (const result of await Promise.allSettled(sends)) assert.equal(result.status, "rejected");
  assert.deepEqual(channel.tryReceive(), END);
});

semaphoreTest("testSimple", "[KN-50] a third acquire of two waits for a release", async () => {
  const sem = new Semaphore(2);
  const first = await sem.acquire();
  await sem.acquire();
  const third = sem.acquire();
  assert.equal(await hasEnded(third), false);
  first[Symbol.dispose]();
  await third;
});

semaphoreTest("tryAcquireTest", "[KN-50] available counts down and up", () => {
  const sem = new Semaphore(2);
  const permits = [sem.tryAcquire(), sem.tryAcquire(), sem.tryAcquire()];
  assert.deepEqual([permits[2], sem.available], [undefined, 0]);
  permits[0]?.[Symbol.dispose]();
  assert.equal(sem.available, 1);
});

semaphoreTest("withSemaphoreTest", "[KN-53] the permit of a block is back after it", async () => {
  const sem = new Semaphore(1);
  {
    using _ = await sem.acquire();
    assert.equal(sem.available, 0);
  }
  assert.equal(sem.available, 1);
});

semaphoreTest("fairnessTest", "[KN-51] two who wait are served in the order they came", async () => {
  const sem = new Semaphore(1);
  const held = await sem.acquire();
  const order: number[] = [];
  const both = [1, 2].map((n) => sem.acquire().then((permit) => (order.push(n), permit)));
  held[Symbol.dispose]();
  (await both[0])?.[Symbol.dispose]();
  await both[1];
  assert.deepEqual(order, [1, 2]);
});

semaphoreTest(
  "testCancellationReturnsPermitBack",
  "[KN-52] who gives up waiting takes no permit",
  async () => {
    const sem = new Semaphore(1);
    const held = await sem.acquire();
    const ctx = background.cancellable();
    const waiting = sem.acquire(1, ctx);
    ctx.cancel();
    await assert.rejects(waiting, isCancelled);
    assert.equal(sem.available, 0);
    held[Symbol.dispose]();
    assert.equal(sem.available, 1);
  },
);

semaphoreTest(
  "testCancellationDoesNotResumeWaitingAcquirers",
  "[KN-52] when one gives up, the others go on waiting",
  async () => {
    const sem = new Semaphore(1);
    await sem.acquire();
    const ctx = background.cancellable();
    const first = sem.acquire();
    const second = sem.acquire(1, ctx);
    ctx.cancel();
    await assert.rejects(second, isCancelled);
    assert.equal(await hasEnded(first), false);
  },
);

semaphoreTest(
  "testIllegalArguments",
  "[KN-100] a number of permits below 0, or no number, is refused",
  () => {
    for (const permits of [-1, 0.5, NaN]) {
      assert.throws(() => new Semaphore(permits), { code: "KERNEL_INVALID_ARGUMENT" });
    }
  },
);

trio("test_channel", "[KN-41, KN-42, KN-43] from the first value to long after the close", async () => {
  assert.throws(() => new Channel(1.5), RangeError);
  assert.throws(() => new Channel(-1), RangeError);
  const channel = new Channel<string>(2);
  channel.trySend("1");
  await channel.send("2");
  assert.equal(channel.trySend("3"), false);
  assert.deepEqual([valueOf(await channel.receive()), valueOf(channel.tryReceive())], ["1", "2"]);
  assert.equal(channel.tryReceive(), undefined);
  channel.trySend("last");
  channel.close();
  await assert.rejects(channel.send("too late"), CLOSED);
  assert.throws(() => channel.trySend("too late"), CLOSED);
  channel.close();
  assert.equal(valueOf(channel.tryReceive()), "last");
  assert.deepEqual(await channel.receive(), END);
});

trio("test_553", "[KN-44] a receive that was cancelled by its timeout takes nothing sent later", async () => {
  const clock = new FakeClock();
  const channel = new Channel<string>(1);
  const receiving = channel.receive(rootContext({ clock }).cancellable({ timeout: 10 }));
  const refused = assert.rejects(receiving, { code: "KERNEL_DEADLINE_EXCEEDED" });
  await clock.advance(10);
  await refused;
  await channel.send("value");
  assert.equal(channel.length, 1);
});

trio("test_close_basics", "[KN-42, KN-47] both sides that wait learn of the end, and it stays", async () => {
  const channel = new Channel<number>();
  const sending = channel.send(1);
  channel[Symbol.dispose]();
  await assert.rejects(sending, CLOSED);
  await assert.rejects(channel.send(2), CLOSED);
  assert.deepEqual([channel.tryReceive(), await channel.receive()], [END, END]);
  const other = new Channel<number>();
  const receiving = other.receive();
  other[Symbol.dispose]();
  assert.deepEqual(await receiving, END);
});

trio(
  "test_channel_fairness",
  "[KN-40] who waits owns the next value, or the next place, before anybody who comes later",
  async () => {
    const channel = new Channel<number>(1);
    const receiving = channel.receive();
    channel.trySend(2);
    assert.equal(channel.tryReceive(), undefined);
    assert.equal(valueOf(await receiving), 2);
    channel.trySend(1);
    const sending = channel.send(2);
    assert.equal(valueOf(channel.tryReceive()), 1);
    assert.equal(channel.trySend(3), false);
    assert.equal(valueOf(await channel.receive()), 2);
    await sending;
  },
);

trio(
  "test_unbuffered",
  "[KN-41] without a buffer nothing is taken unless the other side is there",
  async () => {
    const channel = new Channel<number>();
    assert.equal(channel.tryReceive(), undefined);
    assert.equal(channel.trySend(1), false);
    const sending = channel.send(1);
    assert.equal(valueOf(await channel.receive()), 1);
    await sending;
    assert.equal(channel.tryReceive(), undefined);
  },
);

trio(
  "test_statistics",
  "[KN-44, KN-91] waiting senders and receivers leave no trace when their scope is cancelled",
  async () => {
    const channel = new Channel<number>(2);
    channel.trySend(1);
    channel.trySend(2);
    for (const wait of ["send", "receive"] as const) {
      const s = new Scope();
      for (let i = 0; i < 2; i++) {
        s.spawn(async (ctx) => {
          if (wait === "send") await channel.send(3, ctx);
          else await channel.receive(ctx);
        });
      }
      await settle();
      s.cancel();
      await s[Symbol.asyncDispose]();
      for (let taken = channel.tryReceive(); taken !== undefined; taken = channel.tryReceive()) {
        assert.notEqual(taken.value, 3);
      }
    }
    assert.equal(channel.trySend(4), true);
    assert.equal(channel.length, 1);
  },
);

/** Cancels `ctx` after that many microtasks. */
async function cancelAfter(steps: number, ctx: CancellableContext): Promise<void> {
  for (let left = steps; left > 0; left--) await Promise.resolve();
  ctx.cancel();
}

const locks: Readonly<
  Record<string, () => { take(ctx: CancellableContext): Promise<Disposable>; free(): boolean }>
> = {
  semaphore() {
    const sem = new Semaphore(2);
    return { take: (ctx) => sem.acquire(2, ctx), free: () => sem.available === 2 };
  },
  mutex() {
    const mu = new Mutex();
    return { take: (ctx) => mu.lock(ctx), free: () => !mu.locked };
  },
  "write lock"() {
    const rw = new RWMutex();
    return { take: (ctx) => rw.lock(ctx), free: () => !rw.writing && rw.readers === 0 };
  },
  "read lock"() {
    const rw = new RWMutex();
    let turn = 0;
    return {
      take: (ctx) => (turn++ % 2 === 0 ? rw.lock(ctx) : rw.readLock(ctx)),
      free: () => !rw.writing && rw.readers === 0,
    };
  },
};

for (const [name, make] of Object.entries(locks)) {
  effect(
    `interrupt at any step, ${name}`,
    "[KN-52, KN-113] cancelled after any number of steps, it is free at the end",
    async () => {
      for (let steps = 0; steps < 40; steps++) {
        const lock = make();
        const contexts = Array.from({ length: 4 }, () => background.cancellable());
        const work = contexts.map(async (ctx) => {
          using _ = await lock.take(ctx);
          for (let i = 0; i < 5; i++) {
            await Promise.resolve();
            ctx.throwIfCancelled();
          }
        });
        const cancels = contexts.map((ctx, i) => cancelAfter((steps * (i + 1)) % 40, ctx));
        await Promise.allSettled([...work, ...cancels]);
        assert.ok(lock.free(), `held after a cancel at step ${steps}`);
      }
    },
  );
}

effect(
  "interrupt at any step, queue",
  "[KN-44, KN-45] cancelled after any number of steps, each value is with one side only",
  async () => {
    for (const capacity of [0, 1, 2]) {
      for (let steps = 0; steps < 40; steps++) {
        const channel = new Channel<number>(capacity);
        const ctx = background.cancellable();
        const [sent, received]: [number[], number[]] = [[], []];
        const sender = (async () => {
          for (let i = 0; i < 10; i++) {
            await channel.send(i, ctx);
            sent.push(i);
          }
        })();
        const receiver = (async () => {
          for await (const value of channel.values(ctx)) received.push(value);
        })();
        await Promise.allSettled([sender, receiver, cancelAfter(steps, ctx)]);
        for (let taken = channel.tryReceive(); taken?.done === false; taken = channel.tryReceive()) {
          received.push(taken.value);
        }
        assert.deepEqual(received, sent, `capacity ${capacity}, cancelled at step ${steps}`);
      }
    }
  },
);
