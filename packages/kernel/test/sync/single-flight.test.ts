import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, SingleFlight } from "@barrage/kernel";

/** A body that ends when the test says so, and counts how often it ran. */
function held<T>(value: T) {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const body = () => {
    calls.count += 1;
    return promise;
  };
  const calls = { count: 0 };
  return { body, calls, end: () => resolve(value), fail: reject };
}

describe("SingleFlight", () => {
  it("[KN-124] one run per key serves all who ask meanwhile; another key has its own", async () => {
    const flight = new SingleFlight<string, number>();
    const [a, b] = [held(1), held(2)];

    const all = [
      flight.do("a", a.body),
      flight.do("a", a.body),
      flight.do("b", b.body),
      flight.do("a", a.body),
    ];
    assert.equal(flight.size, 2);
    a.end();
    b.end();

    assert.deepEqual(await Promise.all(all), [1, 1, 2, 1]);
    assert.deepEqual([a.calls.count, b.calls.count, flight.size], [1, 1, 0]);
  });

  it("[KN-124] after the end the next call runs again", async () => {
    const flight = new SingleFlight<string, number>();
    let runs = 0;

    for (let i = 1; i <= 3; i++) assert.equal(await flight.do("a", () => ++runs), i);
  });

  it("[KN-125] a failure goes to all who shared the run, and the next call runs again", async () => {
    const flight = new SingleFlight<string, number>();
    const first = held(1);

    const all = [flight.do("a", first.body), flight.do("a", first.body)];
    const boom = new Error("boom");
    first.fail(boom);

    for (const one of all) await assert.rejects(one, boom);
    assert.equal(await flight.do("a", () => 7), 7);
  });

  it("[KN-126] a cancelled caller leaves, even the first one; the run goes on for the others", async () => {
    const flight = new SingleFlight<string, number>();
    const run = held(5);
    using ctx = background.cancellable();

    const first = flight.do("a", run.body, ctx);
    const other = flight.do("a", run.body);
    ctx.cancel();
    await assert.rejects(first, { code: "KERNEL_CANCELLED" });
    run.end();

    assert.equal(await other, 5);
    assert.equal(run.calls.count, 1);
  });

  it("[KN-126] a call whose context is cancelled already starts nothing", async () => {
    const flight = new SingleFlight<string, number>();
    const run = held(5);
    const ctx = background.cancellable();
    ctx.cancel();

    await assert.rejects(flight.do("a", run.body, ctx), { code: "KERNEL_CANCELLED" });

    assert.deepEqual([run.calls.count, flight.size], [0, 0]);
  });

  it("[KN-127] forget makes the next call run anew; who waits gets the run they asked for", async () => {
    const flight = new SingleFlight<string, number>();
    const [old, fresh] = [held(1), held(2)];

    const waiting = flight.do("a", old.body);
    flight.forget("a");
    const next = flight.do("a", fresh.body);
    old.end();
    assert.equal(await waiting, 1);
    assert.equal(flight.size, 1);
    fresh.end();

    assert.equal(await next, 2);
    assert.equal(flight.size, 0);
  });
});
