import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  after,
  background,
  Channel,
  isCancelled,
  nextTurn,
  recv,
  rootContext,
  select,
  send,
  trySelect,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { heapAfterCollection } from "../garbage.ts";

function holding(...values: number[]): Channel<number> {
  const channel = new Channel<number>(Math.max(1, values.length));
  for (const value of values) channel.trySend(value);
  return channel;
}

describe("select", () => {
  it("[KN-80] carries out the one case that is ready", async () => {
    const empty = new Channel<string>();
    const full = holding(1);

    const got = await select({ none: recv(empty), some: recv(full), put: send(full, 2) });

    assert.ok(got.case === "some");
    assert.deepEqual(got.value, { done: false, value: 1 });
    assert.equal(full.length, 0);
  });

  it("[KN-80] sends when there is room and moves nothing else", async () => {
    const room = new Channel<number>(1);

    const got = await select({ put: send(room, 5), get: recv(new Channel<number>()) });

    assert.deepEqual(got, { case: "put", value: undefined });
    assert.deepEqual(room.tryReceive(), { done: false, value: 5 });
  });

  it("[KN-80] gives the name of a case as a string, also where it looks like a number", async () => {
    const got = await select({ 1: recv(new Channel<string>()), 2: recv(holding(7)) });

    assert.deepEqual(got, { case: "2", value: { done: false, value: 7 } });
  });

  it("[KN-80] waits until one case can go ahead", async () => {
    const [one, two] = [new Channel<number>(), new Channel<number>()];
    const waiting = select({ one: recv(one), two: recv(two), put: send(one, 9) });

    assert.equal(two.trySend(7), true);

    assert.deepEqual(await waiting, { case: "two", value: { done: false, value: 7 } });
    assert.equal(one.trySend(1), false);
    assert.equal(one.tryReceive(), undefined);
  });

  it("[KN-80] is met as a sender", async () => {
    const channel = new Channel<number>();
    const waiting = select({ put: send(channel, 3), other: recv(new Channel()) });

    assert.deepEqual(channel.tryReceive(), { done: false, value: 3 });

    assert.deepEqual(await waiting, { case: "put", value: undefined });
  });

  it("[KN-80] gives every value of 20 000 sends to exactly one select", async () => {
    const channels = [1, 2, 3, 4].map(() => new Channel<number>());
    const total = 20_000;
    const seen = new Set<number>();
    const [a, b, c, d] = channels;
    const sending = channels.map(async (channel, i) => {
      for (let n = i; n < total; n += channels.length) await channel.send(n);
    });

    for (let left = total; left > 0; left--) {
      const got = await select({ a: recv(a), b: recv(b), c: recv(c), d: recv(d) });
      if (got.value.done !== true) seen.add(got.value.value);
    }

    await Promise.all(sending);
    assert.equal(seen.size, total);
  });

  it("[KN-81] chooses evenly among ready cases", async () => {
    const trials = 10_000;
    let first = 0;
    for (let i = 0; i < trials; i++) {
      const got = await select({ a: recv(holding(1)), b: recv(holding(2)) });
      if (got.case === "a") first += 1;
    }

    // 4.89 standard deviations: a fair coin fails once in a million runs.
    assert.ok(Math.abs(first / trials - 0.5) < 4.89 / (2 * Math.sqrt(trials)), `${first} of ${trials}`);
  });

  it("[KN-81] leaves no case out among ten", () => {
    const seen = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const cases = Object.fromEntries([...Array(10).keys()].map((n) => [`c${n}`, recv(holding(n))]));
      const name = trySelect(cases)?.case ?? "none";
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }

    assert.equal(seen.size, 10);
    assert.ok(Math.min(...seen.values()) > 100);
  });

  it("[KN-82] leaves no waiter behind when it is cancelled", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock }).cancellable();
    const channel = new Channel<number>();
    const waiting = assert.rejects(
      select({ get: recv(channel), put: send(channel, 1), late: after(50) }, ctx),
      isCancelled,
    );

    ctx.cancel();

    await waiting;
    assert.equal(channel.trySend(2), false);
    assert.equal(channel.tryReceive(), undefined);
    assert.equal(clock.pendingTimers, 0);
    await assert.rejects(select({ get: recv(channel) }, ctx), isCancelled);
  });

  it("[KN-82] leaves nothing in a channel that nobody uses, after 100 000 selects", async () => {
    const [busy, dead] = [new Channel<number>(), new Channel<number>()];
    const run = async (): Promise<number> => {
      for (let i = 0; i < 100_000; i++) {
        const waiting = select({ busy: recv(busy), dead: recv(dead), never: send(dead, i) });
        busy.trySend(i);
        await waiting;
      }
      return heapAfterCollection();
    };
    const before = await run();

    assert.ok((await run()) - before < 110_000);
  });

  it("[KN-82] lets a closed channel drain when a select takes its send back", async () => {
    const [one, two] = [new Channel<number>(), new Channel<number>()];
    const waiting = select({ put: send(one, 1), get: recv(two) });
    const { drained } = one;
    one.close();

    two.trySend(1);

    await waiting;
    await drained;
  });

  it("[KN-83] never chooses a case without a channel", async () => {
    const got = await select({ off: recv<number>(null), none: send(undefined, 1), on: recv(holding(1)) });

    assert.equal(got.case, "on");
    assert.equal(trySelect({ off: recv(null), none: send(undefined, 1) }), undefined);
  });

  it("[KN-83] waits for its context when all cases are off", async () => {
    const ctx = background.cancellable();
    const waiting = assert.rejects(select({ off: recv(null) }, ctx), isCancelled);
    await nextTurn();

    ctx.cancel();

    await waiting;
  });

  it("[KN-84] gives up waiting after its time, and not a millisecond before", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const channel = new Channel<number>();
    let name: string | undefined;
    const waiting = select({ got: recv(channel), late: after(100) }, ctx).then((got) => (name = got.case));

    await clock.advance(99);
    assert.equal(name, undefined);
    await clock.advance(1);

    await waiting;
    assert.equal(name, "late");
    assert.equal(channel.trySend(1), false);
  });

  it("[KN-84] prefers what is ready to a time of 0, and leaves no timer", async () => {
    const clock = new FakeClock();

    const got = await select({ got: recv(holding(1)), late: after(0) }, rootContext({ clock }));

    assert.equal(got.case, "got");
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-85] takes a closed channel as ready", async () => {
    const closed = new Channel<number>();
    closed.close();

    const got = await select({ get: recv(closed), off: recv(null) });

    assert.deepEqual(got, { case: "get", value: { done: true, value: undefined } });
    const code = { code: "KERNEL_CHANNEL_CLOSED" };
    await assert.rejects(select({ put: send(closed, 1) }), code);
    assert.throws(() => trySelect({ put: send(closed, 1) }), code);
  });

  it("[KN-85] learns of a close while it waits", async () => {
    const [one, two] = [new Channel<number>(), new Channel<number>()];
    const receiving = select({ one: recv(one), put: send(two, 1) });
    one.close();
    assert.deepEqual(await receiving, { case: "one", value: { done: true, value: undefined } });

    const sending = select({ put: send(two, 1) });
    two[Symbol.dispose]();
    await assert.rejects(sending, { code: "KERNEL_CHANNEL_CLOSED" });
  });

  it("[KN-86] gives undefined when nothing is ready", () => {
    const channel = new Channel<number>();

    assert.equal(trySelect({ get: recv(channel), put: send(channel, 1), late: after(0) }), undefined);
    assert.deepEqual(trySelect({ get: recv(holding(4)) })?.value, { done: false, value: 4 });
  });

  it("[KN-87] does not meet itself, but meets another that does the same", async () => {
    const channel = new Channel<string>();
    const outcomes: string[] = [];
    const both = (name: string): Promise<unknown> =>
      select({ get: recv(channel), put: send(channel, name) }).then((got) =>
        outcomes.push(got.case === "get" ? `${name} got ${got.value.value}` : `${name} put`),
      );
    const first = both("a");
    await nextTurn();
    assert.equal(outcomes.length, 0);

    const second = both("b");

    await Promise.all([first, second]);
    assert.ok(
      [
        ["a got b", "b put"],
        ["b got a", "a put"],
      ].some((pair) => pair.every((one) => outcomes.includes(one))),
      outcomes.join(","),
    );
  });

  it("[KN-87] is told of the close of a channel it both sends to and receives from", async () => {
    const channel = new Channel<number>();
    const waiting = select({ get: recv(channel), put: send(channel, 1) });

    channel.close();

    assert.deepEqual(await waiting, { case: "get", value: { done: true, value: undefined } });
    await channel.drained;
  });

  it("[KN-102] refuses what is no channel of this kernel", () => {
    const foreign = Object.create(new Channel<number>()) as Channel<number>;

    assert.throws(() => recv(foreign), { code: "KERNEL_FOREIGN", message: /channel/ });
    assert.throws(() => send(foreign, 1), { code: "KERNEL_FOREIGN" });
  });

  it("[KN-100] refuses a time that is no span", () => {
    for (const ms of [-1, NaN]) assert.throws(() => after(ms), { code: "KERNEL_INVALID_ARGUMENT" });
  });
});
