import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  Channel,
  InvalidArgumentError,
  isCancelled,
  nextTurn,
  onTaskFailure,
  scope,
} from "@barrage/kernel";

function full(capacity: number): Channel<number> {
  const channel = new Channel<number>(capacity);
  for (let i = 0; i < capacity; i++) assert.equal(channel.trySend(i), true);
  return channel;
}

async function rest<T>(channel: Channel<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of channel) values.push(value);
  return values;
}

const END = { done: true, value: undefined };

describe("Channel", () => {
  for (const capacity of [0, 1, 7, 8, 9, 64]) {
    it(`[KN-40] keeps the order of 1000 values with capacity ${capacity}`, async () => {
      const channel = new Channel<number>(capacity);
      const sent = [...Array(1000).keys()];

      const received = await scope((s) => {
        s.spawn(async (ctx) => {
          for (const n of sent) await channel.send(n, ctx);
          channel.close();
        });
        return rest(channel);
      });

      assert.deepEqual(received, sent);
    });
  }

  it("[KN-40] keeps the order when its buffer grows in the middle of use", () => {
    const channel = new Channel<number>(1000);
    const received: unknown[] = [];
    let sent = 0;
    for (const [sends, receives] of [
      [8, 5],
      [30, 20],
      [200, 100],
      [600, 713],
    ] as const) {
      for (let i = 0; i < sends; i++) channel.trySend(sent++);
      for (let i = 0; i < receives; i++) received.push(channel.tryReceive()?.value);
    }

    assert.deepEqual(received, [...Array(838).keys()]);
    assert.equal(channel.length, 0);
  });

  it("[KN-40] serves waiting receivers in the order they came", async () => {
    const channel = new Channel<string>();
    const order: string[] = [];
    const waiting = ["a", "b", "c"].map((name) =>
      channel.receive().then(({ value }) => order.push(name + value)),
    );

    for (const value of ["1", "2", "3"]) channel.trySend(value);

    await Promise.all(waiting);
    assert.deepEqual(order, ["a1", "b2", "c3"]);
  });

  for (const capacity of [0, 1, 2]) {
    it(`[KN-41] is full with exactly ${capacity} values`, () => {
      const channel = full(capacity);

      assert.equal(channel.length, capacity);
      assert.equal(channel.trySend(99), false);
      assert.equal(channel.length, capacity);
    });

    it(`[KN-41] makes a send over capacity ${capacity} wait until there is room`, async () => {
      const channel = full(capacity);
      let sent = false;
      const sending = channel.send(99).then(() => (sent = true));
      await nextTurn();
      assert.equal(sent, false);

      assert.deepEqual(channel.tryReceive(), { done: false, value: capacity === 0 ? 99 : 0 });

      await sending;
      assert.equal(channel.length, capacity);
    });
  }

  it("[KN-41] hands a value over without a buffer when a receiver waits", async () => {
    const channel = new Channel<number>(0);
    assert.equal(channel.trySend(1), false);
    const receiving = channel.receive();

    assert.equal(channel.trySend(2), true);

    assert.deepEqual(await receiving, { done: false, value: 2 });
    assert.equal(channel.tryReceive(), undefined);
  });

  it("[KN-42] delivers what was sent before the close, also by waiting senders", async () => {
    const channel = full(2);
    const waiting = channel.send(2);

    channel.close();

    assert.deepEqual(await rest(channel), [0, 1, 2]);
    await waiting;
    assert.deepEqual(channel.tryReceive(), END);
  });

  it("[KN-42] tells waiting receivers of the close", async () => {
    const channel = new Channel<number>();
    const waiting = [channel.receive(), channel.receive()];

    channel.close();

    assert.deepEqual(await Promise.all(waiting), [END, END]);
  });

  it("[KN-43] refuses sends after the close, however often it was closed", async () => {
    const channel = new Channel<number>(5, { name: "jobs" });
    channel.close();
    channel.close();
    const closed = { code: "KERNEL_CHANNEL_CLOSED", message: "send on closed channel jobs" };

    assert.equal(channel.closed, true);
    assert.throws(() => channel.trySend(1), closed);
    await assert.rejects(channel.send(1), closed);
  });

  it("[KN-46] is drained when closed and empty, and not before", async () => {
    const channel = full(1);
    let drained = false;
    const watching = channel.drained.then(() => (drained = true));
    channel.close();
    await nextTurn();
    assert.equal(drained, false);

    channel.tryReceive();

    await watching;
    await channel.drained;
  });

  it("[KN-46] is drained at once when it is closed empty, watched before or after", async () => {
    const channel = new Channel<number>(3);
    const before = channel.drained;
    channel.close();

    await before;
    const other = new Channel<number>();
    other.close();
    await other.drained;
  });

  it("[KN-46] is drained when the last waiting sender gives up", async () => {
    const channel = new Channel<number>();
    const ctx = background.cancellable();
    const refused = assert.rejects(channel.send(1, ctx), isCancelled);
    const { drained } = channel;
    channel.close();

    ctx.cancel();

    await refused;
    await drained;
  });

  it("[KN-47] gives back what nobody received, and ends everyone who waits", async () => {
    const undelivered: number[] = [];
    const channel = new Channel<number>(2, { onUndelivered: (value) => undelivered.push(value) });
    channel.trySend(1);
    channel.trySend(2);
    const sending = channel.send(3);

    channel[Symbol.dispose]();
    channel[Symbol.dispose]();

    await assert.rejects(sending, { code: "KERNEL_CHANNEL_CLOSED" });
    assert.deepEqual(undelivered, [1, 2]);
    assert.equal(channel.length, 0);
    await channel.drained;
  });

  it("[KN-47] ends waiting receivers when disposed", async () => {
    const channel = new Channel<number>();
    const receiving = channel.receive();

    channel[Symbol.dispose]();

    assert.deepEqual(await receiving, END);
  });

  it("[KN-47] reports an onUndelivered that throws, and goes on with the next value", () => {
    const failures: string[] = [];
    using _ = onTaskFailure(({ error, name }) => failures.push(`${name}: ${String(error)}`));
    const channel = new Channel<number>(2, {
      name: "jobs",
      onUndelivered: (value) => {
        throw new Error(String(value));
      },
    });
    channel.trySend(1);
    channel.trySend(2);

    channel[Symbol.dispose]();

    assert.deepEqual(failures, ["onUndelivered of jobs: Error: 1", "onUndelivered of jobs: Error: 2"]);
  });

  it("[KN-48] goes on where a left loop stopped", async () => {
    const channel = full(3);
    for await (const value of channel) {
      if (value === 1) break;
    }
    assert.equal(channel.closed, false);

    channel.close();

    assert.deepEqual(await rest(channel), [2]);
  });

  it("[KN-48] ends an iteration with the cancel error of its context", async () => {
    const channel = full(1);
    const ctx = background.cancellable();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const value of channel.values(ctx)) seen.push(value);
    })();
    await nextTurn();

    ctx.cancel();

    await assert.rejects(loop, isCancelled);
    assert.deepEqual(seen, [0]);
  });

  it("[KN-49] refuses a capacity that is no count", () => {
    for (const capacity of [-1, 0.5, NaN, Infinity]) {
      assert.throws(
        () => new Channel(capacity),
        (error) => error instanceof InvalidArgumentError && error instanceof RangeError,
      );
    }
    assert.equal(new Channel().capacity, 0);
    assert.equal(new Channel(2 ** 40).capacity, 2 ** 40);
  });
});

describe("Channel under cancellation", () => {
  it("[KN-44] moves nothing when its context is cancelled already", async () => {
    const ctx = background.cancellable();
    ctx.cancel();
    const channel = full(1);

    await assert.rejects(channel.receive(ctx), isCancelled);
    await assert.rejects(new Channel<number>(1).send(1, ctx), isCancelled);

    assert.equal(channel.length, 1);
  });

  it("[KN-44] leaves the line when it is cancelled, and the others keep their places", async () => {
    const channel = new Channel<string>();
    const ctx = background.cancellable();
    const first = channel.receive();
    const second = assert.rejects(channel.receive(ctx), isCancelled);
    const third = channel.receive();

    ctx.cancel();
    channel.trySend("a");
    channel.trySend("b");

    await second;
    assert.deepEqual([(await first).value, (await third).value], ["a", "b"]);
  });

  it("[KN-44] does not send the value of a cancelled send", async () => {
    const channel = full(1);
    const ctx = background.cancellable();
    const sending = assert.rejects(channel.send(7, ctx), isCancelled);
    const behind = channel.send(8);

    ctx.cancel();

    await sending;
    channel.close();
    assert.deepEqual(await rest(channel), [0, 8]);
    await behind;
  });

  it("[KN-44] keeps what was handed over when the cancellation comes a moment later", async () => {
    const channel = new Channel<number>();
    const ctx = background.cancellable();
    const receiving = channel.receive(ctx);
    channel.trySend(1);
    ctx.cancel();
    assert.deepEqual(await receiving, { done: false, value: 1 });

    const sender = background.cancellable();
    const sending = channel.send(2, sender);
    channel.tryReceive();
    sender.cancel();
    await sending;
  });

  it("[KN-44] delivers once when a callback of the same cancellation sends to the cancelled receiver", async () => {
    const channel = new Channel<number>();
    const ctx = background.cancellable();
    let sent = false;
    ctx.onCancel(() => (sent = channel.trySend(1)));
    const receiving = channel.receive(ctx);

    ctx.cancel();

    assert.equal(sent, true);
    assert.deepEqual(await receiving, { done: false, value: 1 });
  });
});
