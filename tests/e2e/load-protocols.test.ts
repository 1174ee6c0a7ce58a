import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { planOf, runLoad } from "@barrage/load";
import type { LoadPlan, LoadReport } from "@barrage/load";
import { NO_LIMITS } from "../support/no-limits.ts";
import { get } from "./harness/api.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const VIEWERS = 20;
const RATE = 50;
const SECONDS = 3;
const SENDS = RATE * SECONDS;

/** What the server itself says it delivered to viewers who were there. */
async function delivered(url: string): Promise<number> {
  const lines = (await get(url, "/metrics")).text.split("\n");
  const of = (name: string): number =>
    Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
  return of("barrage_delivered_total") - of('barrage_ledger_records{term="replayed"}');
}

/** A run in a room of its own. */
function run(url: string, room: string, changes: Partial<LoadPlan>): Promise<LoadReport> {
  const { hostname, port } = new URL(url);
  const plan = planOf("live-room", {
    protocol: "barrage",
    host: hostname,
    port: Number(port),
    run: room,
    seed: 1,
    viewers: VIEWERS,
    rate: RATE,
    seconds: SECONDS,
    users: 10,
  });
  return runLoad({ ...plan, rooms: [room], drainMs: 60_000, ...changes }, {}, background);
}

/** Nothing lost, doubled, out of order, refused or wrong. */
function assertSound(report: LoadReport): void {
  const { lost, doubles, disordered, chainBreaks, withheld, expected, received } = report.audience;
  assert.deepEqual(
    { lost, doubles, disordered, chainBreaks, withheld, expected },
    { lost: 0, doubles: 0, disordered: 0, chainBreaks: 0, withheld: 0, expected: received },
  );
  assert.deepEqual([report.refused, report.faults, report.closed, report.sample.wrong], [{}, {}, {}, 0]);
  assert.deepEqual([report.published, report.acked], [SENDS, SENDS]);
}

describe("the load generator against each protocol of the gateway", { timeout: 300_000 }, () => {
  for (const [protocol, rule] of [
    ["barrage.v1", "LD-86"],
    ["goim", "LD-87"],
    ["goim-zlib", "LD-88"],
    ["goim-brotli", "LD-88"],
  ] as const)
    it(`[${rule}] ${protocol}: every viewer has every record once, and the server counts the same`, async () => {
      using folder = temporaryFolder();
      await using server = await ServeProcess.start(folder.path, NO_LIMITS);
      const { url } = server;
      // Opens the room: the record that says so is the server's own, not the load's.
      await run(url, "a", {
        protocol: "barrage",
        viewers: 1,
        stages: [{ kind: "hold", rate: 0, seconds: 1 }],
      });
      const before = await delivered(url);

      const report = await run(url, "a", { protocol, run: "b" });

      assertSound(report);
      assert.deepEqual(
        [report.audience.received, report.delivered, (await delivered(url)) - before],
        [SENDS * VIEWERS, SENDS * VIEWERS, SENDS * VIEWERS],
      );
    });

  it("[LD-86] barrage.v1: all come back after a cut, catch up, and miss nothing", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);

    const report = await run(server.url, "a", {
      protocol: "barrage.v1",
      publishOver: "websocket",
      storms: [{ at: 1, share: 1 }],
    });

    assertSound(report);
    assert.equal(report.audience.received, SENDS * VIEWERS);
    const { catchUp, connect } = report.latenciesWithInvalid;
    assert.deepEqual([catchUp.count, connect.count], [VIEWERS, 2 * VIEWERS]);
  });

  it("[LD-87] goim: after a cut only what was published meanwhile is lost", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);

    const report = await run(server.url, "a", {
      protocol: "goim",
      storms: [{ at: 1, share: 1 }],
      // What is lost stays so: there is nothing to wait for.
      drainMs: 3_000,
    });

    const { expected, received, lost, doubles, disordered, withheld, gaps } = report.audience;
    assert.deepEqual([expected, received + lost], [SENDS * VIEWERS, SENDS * VIEWERS]);
    assert.deepEqual([doubles, disordered, withheld, gaps], [0, 0, 0, 0]);
    assert.ok(received > 0 && report.faults["a viewer could not come back"] === undefined);
    assert.equal(report.latenciesWithInvalid.connect.count, 2 * VIEWERS);
  });
});
