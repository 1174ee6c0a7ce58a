import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { background, rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { Random, serverReader } from "../../src/index.ts";
import type { ServerReading, ServerSources } from "../../src/index.ts";
import { CONNECTIONS_MIN, memoryFit, READINGS_MIN } from "../../src/capacity/memory-per-connection.ts";
import { ServerReadings } from "../../src/capacity/server-readings.ts";

const PAGE = `# HELP process_cpu_seconds_total x
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
process_resident_memory_bytes 104857600
barrage_event_loop_delay_seconds{quantile="0.5"} 0.001
barrage_event_loop_delay_seconds{quantile="0.99"} 0.02
barrage_connections 42
barrage_log_queue 7
barrage_flush_window_seconds 0.025
`;

/** A server that answers each path with this page, and with 401 where the token is wrong. */
async function pageServer(token?: string) {
  const server = createServer((request, response) => {
    const isLetIn = token === undefined || request.headers.authorization === `Bearer ${token}`;
    response.writeHead(isLetIn ? 200 : 401).end(isLetIn ? PAGE : "");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** What the page says, as soon as it answers in time: a busy machine may need a second look. */
async function readPage(sources: ServerSources): Promise<ServerReading> {
  for (let looks = 1; ; looks += 1) {
    const reading = await serverReader(sources)(background);
    if (reading.connections !== undefined || looks === 10) return reading;
  }
}

async function effortOf(readings: readonly ServerReading[], from: number, to: number) {
  const clock = new FakeClock();
  const left = [...readings];
  const read = new ServerReadings(() => Promise.resolve(left.shift() ?? {}), 1_000, clock);
  using ctx = rootContext({ clock }).cancellable();
  const running = scope((tasks) => void tasks.spawn((own) => read.run(own), { name: "readings" }), {
    parent: ctx,
  }).catch(() => {});
  await clock.advance(readings.length * 1_000);
  ctx.cancel();
  await running;
  return { effort: read.between(from, to), memory: read.memory };
}

describe("a server's figures", () => {
  it("[LD-80] are read from its metrics page", async () => {
    await using server = await pageServer();

    const reading = await readPage({ metricsUrl: server.url });

    assert.deepEqual(reading, {
      cpuSeconds: 12.5,
      residentBytes: 104_857_600,
      loopDelayP99Ms: 20,
      connections: 42,
      logQueue: 7,
      flushWindowMs: 25,
    });
  });

  it("[LD-80] are read with the token that the page wants, and are absent without", async () => {
    await using server = await pageServer("secret");

    assert.deepEqual(await serverReader({ metricsUrl: server.url })(background), {});
    const { connections } = await readPage({ metricsUrl: server.url, token: "secret" });
    assert.equal(connections, 42);
  });

  it("[LD-80] are absent where nobody answers, and where nothing is asked", async () => {
    // Port 9 is discard: nobody listens there.
    assert.deepEqual(await serverReader({ metricsUrl: "http://127.0.0.1:9/metrics" })(background), {});
    assert.deepEqual(await serverReader({})(background), {});
    assert.deepEqual(await serverReader({ pid: 2 ** 30 })(background), {});
  });

  it("[LD-80] of a process of this machine are the system's, which the page does not overrule", async (t) => {
    if (process.platform !== "linux") return t.skip("no /proc");
    await using server = await pageServer();

    const { cpuSeconds, residentBytes, connections } = await readPage({
      metricsUrl: server.url,
      pid: process.pid,
    });

    assert.equal(connections, 42);
    assert.equal((cpuSeconds ?? 0) > 0 && cpuSeconds !== 12.5, true);
    assert.equal((residentBytes ?? 0) > 10e6 && residentBytes !== 104_857_600, true);
  });

  it("[LD-80] between two moments are growth of processor time, the middle delay, the longest line", async () => {
    const { effort, memory } = await effortOf(
      [
        { cpuSeconds: 1, residentBytes: 1e6, loopDelayP99Ms: 1, connections: 1, logQueue: 1 },
        { cpuSeconds: 2, residentBytes: 2e6, loopDelayP99Ms: 300, connections: 2, logQueue: 9 },
        { cpuSeconds: 2.5, residentBytes: 3e6, loopDelayP99Ms: 4, connections: 3, logQueue: 2 },
        { cpuSeconds: 3.2, residentBytes: 4e6, loopDelayP99Ms: 5, connections: 4, logQueue: 3 },
      ],
      1_000,
      3_000,
    );

    // From the reading at 0 s, the last before the span, to that at 3 s.
    assert.equal(Math.abs((effort.cpu ?? 0) - 2.2 / 3) < 1e-9, true, String(effort.cpu));
    assert.deepEqual([effort.residentBytes, effort.loopDelayP99Ms, effort.logQueue], [4e6, 5, 9]);
    assert.deepEqual(memory.slice(0, 2), [
      [1, 1e6],
      [2, 2e6],
    ]);
  });

  it("[LD-80] have a processor time where a busy machine left but one reading in the span", async () => {
    const { effort } = await effortOf([{ cpuSeconds: 1 }, {}, { cpuSeconds: 2 }, {}], 1_500, 2_500);

    assert.equal(effort.cpu, 0.5);
  });

  it("[LD-80] are absent where a span has no reading, or one that says nothing", async () => {
    const { effort, memory } = await effortOf([{ cpuSeconds: 1 }, {}, {}], 0, 2_000);

    assert.deepEqual([effort, memory], [{}, []]);
  });
});

describe("memory by connection", () => {
  const readings = (count: number, each: number, slope = 20_000) =>
    Array.from({ length: count }, (_, index) => [index * each, 90e6 + index * each * slope] as const);

  it("[LD-79] is the growth of memory with connections", () => {
    const exact = memoryFit(readings(30, 50), new Random(1));

    if (exact.kind === "no memory") throw new Error(exact.why);
    assert.equal(Math.abs(exact.perConnection.estimate - 20_000) < 1, true);
    assert.equal(Math.abs(exact.baseBytes - 90e6) < 1_000, true);
  });

  it("[LD-79] has a band that holds the truth in about nine of ten noisy measurements", () => {
    const seeds = Array.from({ length: 100 }, (_, seed) => seed);
    const holding = seeds.filter((seed) => {
      const random = new Random(seed);
      const noisy = readings(30, 50).map(
        ([count, bytes]) => [count, bytes + (random.next() - 0.5) * 8e6] as const,
      );
      const fit = memoryFit(noisy, random);
      return fit.kind === "memory" && fit.perConnection.low < 20_000 && 20_000 < fit.perConnection.high;
    });

    assert.equal(holding.length >= 80 && holding.length <= 98, true, String(holding.length));
  });

  it("[LD-79] is not told from too few connections or readings", () => {
    const kind = (count: number, each: number): string =>
      memoryFit(readings(count, each), new Random(1)).kind;

    // Connections up to 199 and 200.
    assert.equal(
      memoryFit([...readings(20, 10), [CONNECTIONS_MIN - 1, 1e8]], new Random(1)).kind,
      "no memory",
    );
    assert.equal(kind(21, 10), "memory");
    // A fifth of the connections warm the server up: of 9 and 10 readings, 7 and 8 are left.
    assert.equal(READINGS_MIN, 8);
    assert.deepEqual([kind(9, 100), kind(10, 100)], ["no memory", "memory"]);
    assert.equal(memoryFit([], new Random(1)).kind, "no memory");
    assert.equal(memoryFit(readings(30, 50, -10), new Random(1)).kind, "no memory");
  });
});
