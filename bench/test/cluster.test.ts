import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { runLoad } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { planFor } from "../../packages/load/test/reference/plans.ts";
import { ReferenceServer } from "../../packages/load/test/reference/reference-server.ts";
import { Channel, command, messageBytes } from "../load/cluster/channel.ts";
import { costsOf, splitTable } from "../load/cluster/cpu-split.ts";
import type { Split } from "../load/cluster/cpu-split.ts";
import { GROWTH_MAX_SECONDS, judgeLag, LAG_MAX_SECONDS } from "../load/cluster/lag.ts";
import { lineThrough } from "../load/cluster/line-fit.ts";
import { judgeLive } from "../load/cluster/live-bar.ts";
import { startTogether } from "../../tests/support/start-together.ts";
import { watchRoom } from "../load/cluster/watcher.ts";
import { figuresOfAll } from "../load/process-stat.ts";
import { runFaults } from "../load/run-faults.ts";

const SPLIT: Split = {
  cpuOf: {
    "kafka 1": 1,
    "kafka 2": 3,
    "redis 0": 2,
    postgresql: 1,
    ingest: 4,
    router: 2,
    gateway: 10,
    archiver: 0.5,
  },
  generatorCpu: 0.9,
  othersCpu: 0.05,
  seconds: 10,
  published: 10_000,
  delivered: 1_000_000,
};

describe("the CPU of a cluster", () => {
  it("is split by process, and adds up", () => {
    const lines = splitTable(SPLIT).split("\n");

    assert.match(lines[1] ?? "", /^ *kafka 1 +10 % +100\.0 +1\.00$/);
    assert.match(lines.at(-3) ?? "", /^ *all servers +235 % +2350\.0 +23\.50$/);
    assert.match(lines.at(-2) ?? "", /^ *load generator +90 %/);
  });

  it("gives the costs that sizes are computed from, all processes of a kind together", () => {
    assert.deepEqual(costsOf(SPLIT), {
      ingestUsPerPublish: 400,
      kafkaUsPerRecord: 400,
      routerUsPerRecord: 200,
      redisUsPerRecord: 200,
      gatewayUsPerDelivery: 10,
      archiverUsPerRecord: 50,
      postgresUsPerRecord: 100,
    });
  });

  it("is known of each process where several are looked at as one", () => {
    const one = { cpuSeconds: 1, residentBytes: 2, peakBytes: 3, writes: 4, bytesRead: 5 };

    assert.deepEqual(figuresOfAll({ a: one, b: { ...one, cpuSeconds: 0.5 } }), {
      cpuSeconds: 1.5,
      residentBytes: 4,
      peakBytes: 6,
      writes: 8,
      bytesRead: 10,
      cpuOf: { a: 1, b: 0.5 },
    });
  });
});

describe("a router's lag", () => {
  const RATE = 1_000;
  const lags = (...records: readonly number[]) => records.map((each, i) => ({ at: i, records: each }));
  const of = (...records: readonly number[]) => judgeLag(lags(...records), RATE).failure;

  it("may be high at the start, not in the second half", () => {
    const most = LAG_MAX_SECONDS * RATE;

    assert.equal(of(9_000, 9_000, 9_000, 9_000, most, most, most, most), undefined);
    assert.match(of(0, 0, 0, 0, most, most + 1, most, most) ?? "", /is 1\.00 s behind/);
  });

  it("must not grow", () => {
    const most = GROWTH_MAX_SECONDS * RATE;

    assert.equal(of(0, 0, 0, 0, 100, 100, 100 + most, 100 + most), undefined);
    assert.match(of(0, 0, 0, 0, 100, 100, 110 + most, 110 + most) ?? "", /falls behind by 0\.21 s/);
  });

  it("says nothing of a run that was too short", () => {
    assert.equal(of(0), "too short to say");
    assert.equal(of(), "too short to say");
  });
});

describe("the bar of the live path", () => {
  it("holds up to its edge, never for a run in which something went wrong, and says nothing of a generator that was late", () => {
    const bar = { rate: 2_000, bar: 43 };

    assert.deepEqual(
      [
        judgeLive(43, [], bar),
        judgeLive(43.01, [], bar),
        judgeLive(10, ["3 doubles"], bar),
        judgeLive(10, ["no result: cpu"], bar),
      ].map(({ holds }) => holds),
      [true, false, false, undefined],
    );
    assert.match(judgeLive(10, ["3 doubles"], bar).found, /10\.00 ms, but 3 doubles/);
  });
});

describe("faults of a run", () => {
  const audience = { lost: 0, withheld: 0, gaps: 0, doubles: 0, disordered: 0, chainBreaks: 0 };
  const report = (changes: object) =>
    ({
      audience,
      refused: {},
      faults: {},
      closed: {},
      sample: { wrong: 0 },
      timeline: [],
      invalidSeconds: 0,
      ...changes,
    }) as unknown as LoadReport;

  it("are none, or each with its count", () => {
    assert.deepEqual(runFaults(report({})), []);
    assert.deepEqual(
      runFaults(report({ audience: { ...audience, lost: 2 }, refused: { BARRAGE_OVERLOADED: 1 } })),
      ["2 deliveries are missing", 'refused: {"BARRAGE_OVERLOADED":1}'],
    );
  });
});

describe("the feed's cost by the number of gateways", () => {
  it("is the line nearest to what was measured", () => {
    const { base, slope } = lineThrough([
      { x: 1, y: 12 },
      { x: 3, y: 16 },
      { x: 5, y: 20 },
    ]);

    assert.deepEqual([base.toFixed(9), slope.toFixed(9)], ["10.000000000", "2.000000000"]);
  });

  it("counts only what every subscriber has in full", async () => {
    assert.equal(command("A", "弹").toString(), "*2\r\n$1\r\nA\r\n$3\r\n弹\r\n");
    const payload = Buffer.from("xyz");
    const push = command("smessage", "c", payload);
    assert.equal(messageBytes("c", payload), push.length);
    const subscribers: { write(bytes: Buffer): unknown }[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        if (bytes.includes("SSUBSCRIBE")) {
          subscribers.push(socket);
          return socket.write("*3\r\n...\r\n");
        }
        for (const each of subscribers) each.write(push);
        return socket.write(`:${subscribers.length}\r\n`);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      using channel = await Channel.open((server.address() as AddressInfo).port, "c", 2);
      await channel.publish(payload);
      await channel.publish(payload);
      await channel.arrived();
      subscribers.pop();
      await assert.rejects(channel.publish(payload), /gave it to others than 2/);
    } finally {
      server.close();
      await once(server, "close");
    }
  });
});

describe("servers that start together", () => {
  const server = (ended: string[], name: string) => ({
    [Symbol.asyncDispose]: () => {
      ended.push(name);
      return Promise.resolve();
    },
  });

  it("are all there, or none is left running", async () => {
    const ended: string[] = [];
    const [one, two] = [server(ended, "one"), server(ended, "two")];

    assert.deepEqual(await startTogether(Promise.resolve(one), Promise.resolve(two)), [one, two]);
    assert.deepEqual(ended, []);
    await assert.rejects(
      startTogether(Promise.resolve(one), Promise.reject(new Error("no port")), Promise.resolve(two)),
      /no port/,
    );
    assert.deepEqual(ended, ["one", "two"]);
  });
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise<void>((resolve) => void setImmediate(resolve));
};

describe("a watcher", () => {
  it("counts what reaches its room", async () => {
    const sound = { fate: () => ({ copies: 1, delayMs: 0 }) };
    await using server = await new ReferenceServer("barrage.v1", sound).listen();
    await using watcher = await watchRoom({ host: "127.0.0.1", port: server.port }, "a");
    const plan = planFor(server.port, { viewers: 1, stages: [{ kind: "hold", rate: 20, seconds: 1 }] });

    const { acked } = await runLoad({ ...plan, protocol: "barrage.v1" }, {}, background);

    // The run's own viewer has everything; this one is another connection.
    await until(() => watcher.received >= acked || watcher.faults.length > 0);
    assert.deepEqual([acked, watcher.received, watcher.withheld, watcher.faults], [20, 20, 0, []]);
  });

  it("says what its stream should not have had", async () => {
    const doubling = { fate: (_: number, seq: number) => ({ copies: seq === 3 ? 2 : 1, delayMs: 0 }) };
    await using server = await new ReferenceServer("barrage.v1", doubling).listen();
    await using watcher = await watchRoom({ host: "127.0.0.1", port: server.port }, "a");
    const plan = planFor(server.port, { viewers: 1, stages: [{ kind: "hold", rate: 5, seconds: 1 }] });

    await runLoad({ ...plan, protocol: "barrage.v1" }, {}, background);

    await until(() => watcher.faults.length > 0);
    assert.match(watcher.faults.join(), /a batch after 2, not after 3/);
  });
});
