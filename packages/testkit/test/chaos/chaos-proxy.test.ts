import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { liveTasks, rootContext } from "@barrage/kernel";
import { ChaosProxy, FakeClock, seededRandom } from "@barrage/testkit";
import type { ChaosProxyOptions, Stream, Toxic } from "@barrage/testkit";
import type { End } from "./far-end.ts";
import { dial, FarEnd, turns, until } from "./far-end.ts";

interface Bench extends AsyncDisposable {
  readonly proxy: ChaosProxy;
  readonly far: FarEnd;
  readonly clock: FakeClock;
  /** A client and the far end of its connection. */
  pair(): Promise<{ readonly near: End; readonly other: End }>;
}

/** A proxy on time that stands still, in front of a server that keeps what comes. */
async function bench(options: Omit<ChaosProxyOptions, "context"> = {}): Promise<Bench> {
  const clock = new FakeClock();
  const far = await FarEnd.listen();
  const context = rootContext({ clock });
  const proxy = await ChaosProxy.listen({ port: far.port }, { random: seededRandom(7), context, ...options });
  const dialled: Disposable[] = [];
  return {
    proxy,
    far,
    clock,
    pair: async () => {
      const near = await dial(proxy.port);
      dialled.push(near);
      const known = far.ends.length;
      await until(() => far.ends.length > known || near.closed);
      return { near, other: far.ends[known] ?? near };
    },
    [Symbol.asyncDispose]: async () => {
      for (const near of dialled) near[Symbol.dispose]();
      await proxy[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
    },
  };
}

/** How a connection to the port fails. */
async function refusal(port: number): Promise<string | undefined> {
  const end = await dial(port);
  await until(() => end.closed);
  return end.failed;
}

const slicer = (stream: Stream, average: number, variation = 0, delay = 0): Toxic => ({
  type: "slicer",
  stream,
  attributes: { average_size: average, size_variation: variation, delay },
});

const latency = (stream: Stream, ms: number, jitter = 0): Toxic => ({
  type: "latency",
  stream,
  attributes: { latency: ms, jitter },
});

describe("bytes through the chaos proxy", () => {
  it("[FT-1] come out as they went in, both ways, in order, whatever slices and delays them", async () => {
    await using all = await bench();
    const writes = fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 12 });
    const slices = fc.integer({ min: 1, max: 700 });
    const property = fc.asyncProperty(
      writes,
      writes,
      fc.record({
        average: slices,
        variation: fc.nat(600),
        latency: fc.nat(50),
        rate: fc.integer({ min: 1 }),
      }),
      async (up, down, { average, variation, latency: ms, rate }) => {
        const { proxy, clock } = all;
        proxy.reset();
        for (const stream of ["upstream", "downstream"] as const) {
          proxy.put(slicer(stream, average, Math.min(variation, average - 1), 10));
          proxy.put(latency(stream, ms, ms));
          proxy.put({ type: "bandwidth", stream, attributes: { rate } });
        }
        const { near, other } = await all.pair();
        for (const bytes of up) near.socket.write(bytes);
        for (const bytes of down) other.socket.write(bytes);
        near.socket.end();
        other.socket.end();
        while (!(near.closed && other.closed)) await clock.advance(clock.pendingTimers > 0 ? 20 : 0);

        assert.deepEqual(other.got, Buffer.concat(up));
        assert.deepEqual(near.got, Buffer.concat(down));
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 11 });
  });

  it("[FT-1] each direction ends by itself: what is said after the other has ended still comes", async () => {
    await using all = await bench();
    const { near, other } = await all.pair();
    near.socket.end("that is all");
    await until(() => other.ended);
    other.socket.end("thanks");
    await until(() => near.closed);

    assert.equal(other.text, "that is all");
    assert.equal(near.text, "thanks");
  });

  it("[FT-12] a receiver that does not read holds its sender back; in between waits what is allowed", async () => {
    const limit = 65_536;
    await using all = await bench({ bufferBytes: limit });
    const { near, other } = await all.pair();
    other.socket.pause();
    const flood = Buffer.alloc(1_048_576, 1);
    // Until the kernel's buffers are full as well, and a write is no longer taken at once.
    for (let i = 0; i < 64 && near.socket.writableLength < 4 * flood.length; i += 1) {
      near.socket.write(flood);
      await turns();
    }

    assert.equal(near.socket.writableLength > 0, true);
    assert.equal(all.proxy.held.upstream >= limit, true);
    assert.equal(all.proxy.held.upstream <= limit + 65_536, true);
    other.socket.resume();
    near.socket.end();
    const sent = near.socket.bytesWritten;
    await until(() => other.ended);
    assert.equal(other.got.length, sent);
  });
});

describe("toxics", () => {
  it("[FT-2] latency holds every byte for its time, in one direction", async () => {
    await using all = await bench();
    all.proxy.put(latency("downstream", 100));
    const { near, other } = await all.pair();
    near.socket.write("ping");
    await until(() => other.text === "ping");
    other.socket.write("pong");
    await until(() => all.proxy.held.downstream === 4);
    await all.clock.advance(99);
    await turns();
    assert.equal(near.text, "");
    await all.clock.advance(1);
    await until(() => near.text === "pong");
  });

  it("[FT-2] jitter keeps the order and stays within its bounds", async () => {
    await using all = await bench();
    all.proxy.put(latency("upstream", 100, 50));
    const { near, other } = await all.pair();
    for (let i = 0; i < 10; i += 1) {
      near.socket.write(String(i));
      await until(() => all.proxy.held.upstream === i + 1);
    }
    await all.clock.advance(49);
    await turns();
    assert.equal(other.text, "");
    await all.clock.advance(101);
    await until(() => other.text === "0123456789");
  });

  it("[FT-2] what waits goes at once when the toxic is removed", async () => {
    await using all = await bench();
    all.proxy.put(latency("upstream", 10_000));
    const { near, other } = await all.pair();
    near.socket.write("late");
    await until(() => all.proxy.held.upstream === 4);
    all.proxy.remove("latency", "upstream");
    await until(() => other.text === "late");
  });

  it("[FT-3] bandwidth: no more than the rate, in portions of a tenth of a second", async () => {
    await using all = await bench();
    all.proxy.put({ type: "bandwidth", stream: "upstream", attributes: { rate: 10 } });
    const { near, other } = await all.pair();
    near.socket.write(Buffer.alloc(5_000));
    await until(() => other.got.length === 1_000);
    for (let tenth = 1; tenth < 5; tenth += 1) {
      await all.clock.advance(99);
      await turns();
      assert.equal(other.got.length, tenth * 1_000);
      await all.clock.advance(1);
      await until(() => other.got.length === (tenth + 1) * 1_000);
    }
  });

  it("[FT-4] slow_close holds back the end, not the bytes", async () => {
    await using all = await bench();
    all.proxy.put({ type: "slow_close", stream: "upstream", attributes: { delay: 500 } });
    const { near, other } = await all.pair();
    near.socket.end("last words");
    await until(() => other.text === "last words");
    await all.clock.advance(499);
    await turns();
    assert.equal(other.ended, false);
    await all.clock.advance(1);
    await until(() => other.ended);
  });

  it("[FT-5] timeout 0: nothing comes, not even the end, until it is removed; then the connection is closed", async () => {
    await using all = await bench();
    const { near, other } = await all.pair();
    all.proxy.put({ type: "timeout", stream: "upstream", attributes: { timeout: 0 } });
    near.socket.end("lost");
    other.socket.write("the other way is free");
    await until(() => near.text === "the other way is free");
    await all.clock.advance(60_000);
    await turns();
    assert.equal(other.text, "");
    assert.equal(other.ended, false);
    all.proxy.remove("timeout", "upstream");
    await until(() => near.closed && other.ended);
    assert.equal(other.text, "");
    const again = await all.pair();
    again.near.socket.write("there");
    await until(() => again.other.text === "there");
  });

  it("[FT-5] timeout above 0 closes the connection at its moment", async () => {
    await using all = await bench();
    all.proxy.put({ type: "timeout", attributes: { timeout: 200 } });
    const { near, other } = await all.pair();
    other.socket.write("lost");
    await until(() => all.clock.pendingTimers > 0);
    await all.clock.advance(199);
    await turns();
    assert.equal(near.ended, false);
    await all.clock.advance(1);
    await until(() => near.ended && other.ended);
    assert.equal(near.text, "");
  });

  it("[FT-6] reset_peer resets both legs, at once or at its moment", async () => {
    await using all = await bench();
    all.proxy.put({ type: "reset_peer", attributes: { timeout: 100 } });
    const { near, other } = await all.pair();
    await until(() => all.clock.pendingTimers > 0);
    await all.clock.advance(99);
    await turns();
    assert.equal(near.closed || other.closed, false);
    await all.clock.advance(1);
    await until(() => near.closed && other.closed);
    assert.equal(near.failed, "ECONNRESET");
    assert.equal(other.failed, "ECONNRESET");
    all.proxy.put({ type: "reset_peer", attributes: { timeout: 0 } });
    const again = await all.pair();
    await until(() => again.near.closed);
    assert.equal(again.near.failed, "ECONNRESET");
  });

  it("[FT-7] slicer cuts writes into slices of about the average, a delay apart", async () => {
    await using all = await bench();
    all.proxy.put(slicer("upstream", 100, 20, 1_000));
    const { near, other } = await all.pair();
    near.socket.write(Buffer.alloc(1_000));
    while (other.got.length < 1_000) {
      await turns();
      await all.clock.advance(1);
    }

    const whole = other.reads.slice(0, -1);
    assert.equal(whole.length >= 8, true);
    assert.deepEqual(
      whole.filter((size) => size < 80 || size > 120),
      [],
    );
  });

  it("[FT-8] limit_data closes the connection behind the last byte that may go", async () => {
    for (const [size, isClosed] of [
      [9, false],
      [10, true],
      [11, true],
    ] as const) {
      await using all = await bench();
      all.proxy.put({ type: "limit_data", stream: "upstream", attributes: { bytes: 10 } });
      const { near, other } = await all.pair();
      near.socket.write(Buffer.alloc(size));
      await until(() => other.got.length === Math.min(size, 10));
      if (isClosed) await until(() => other.ended && (near.ended || near.closed));
      else await turns();

      assert.equal(other.ended, isClosed);
      assert.equal(other.got.length, Math.min(size, 10));
    }
  });

  it("[FT-9] down refuses who comes and resets who is there; up listens on the same port", async () => {
    await using all = await bench();
    const { port } = all.proxy;
    const { near, other } = await all.pair();
    await all.proxy.down();
    await until(() => near.closed && other.closed);
    assert.equal(near.failed, "ECONNRESET");
    assert.equal(await refusal(port), "ECONNREFUSED");
    await all.proxy.up();
    const again = await all.pair();
    again.near.socket.write("there");
    await until(() => again.other.text === "there");
    assert.equal(all.proxy.port, port);
  });

  it("[FT-10] toxicity is the share of connections that have it, drawn once for each", async () => {
    const draws = [0.29, 0.3, 0.31];
    await using all = await bench({ random: () => draws.shift() ?? 0.5 });
    all.proxy.put({ type: "reset_peer", toxicity: 0.3, attributes: { timeout: 0 } });
    const first = await all.pair();
    await until(() => first.near.closed);
    const others = [await all.pair(), await all.pair()];
    for (const { near } of others) near.socket.write("still here");

    await until(() => others.every(({ other }) => other.text === "still here"));
    assert.equal(first.near.failed, "ECONNRESET");
  });

  it("[FT-11] half open: one side is told of the end, the other hears nothing any more", async () => {
    for (const keeps of ["client", "server"] as const) {
      await using all = await bench();
      const { near, other } = await all.pair();
      const [kept, told] = keeps === "client" ? [near, other] : [other, near];
      all.proxy.halfOpen(keeps);
      await until(() => told.ended || told.closed);
      kept.socket.write("anybody?");
      await all.clock.advance(60_000);
      await turns();
      assert.equal(kept.ended || kept.closed, false);
      assert.equal(all.proxy.connections, 1);
      const again = await all.pair();
      again.near.socket.write("there");
      await until(() => again.other.text === "there");
      all.proxy.reset();
      await until(() => kept.closed || kept.ended);
    }
  });

  it("[FT-14] refuses what no toxic can be", async () => {
    await using all = await bench();
    const bad: readonly Toxic[] = [
      { type: "latency", toxicity: 1.1, attributes: { latency: 1 } },
      { type: "latency", attributes: { latency: -1 } },
      { type: "bandwidth", attributes: { rate: 0 } },
      { type: "slicer", attributes: { average_size: 0 } },
      { type: "slicer", attributes: { average_size: 10, size_variation: 10 } },
    ];
    for (const toxic of bad) assert.throws(() => all.proxy.put(toxic), RangeError);
  });
});

describe("the end of a chaos proxy", () => {
  it("[FT-13] leaves no connection, no task and no timer, whatever is under way", async () => {
    const all = await bench();
    const { near, other } = await all.pair();
    const half = await all.pair();
    all.proxy.halfOpen("client");
    const third = await all.pair();
    all.proxy.put(latency("upstream", 1_000));
    all.proxy.put({ type: "timeout", attributes: { timeout: 5_000 } });
    third.near.socket.write("waits");
    await until(() => all.proxy.held.upstream === 5);
    await all.proxy[Symbol.asyncDispose]();
    await until(() =>
      [near, other, half.near, half.other, third.near, third.other].every((end) => end.closed || end.ended),
    );

    assert.equal(all.proxy.connections, 0);
    assert.equal(all.clock.pendingTimers, 0);
    assert.deepEqual(
      liveTasks().filter(({ scope }) => scope.includes("chaos")),
      [],
    );
    assert.equal(await refusal(all.proxy.port), "ECONNREFUSED");
    await all[Symbol.asyncDispose]();
  });

  it("[FT-13] a server that refuses is passed on, and nothing stays of it", async () => {
    const all = await bench();
    await all.far[Symbol.asyncDispose]();
    const near = await dial(all.proxy.port);
    await until(() => near.closed);

    await until(() => all.proxy.connections === 0);
    assert.equal(near.failed, "ECONNRESET");
    await all.proxy[Symbol.asyncDispose]();
  });
});
