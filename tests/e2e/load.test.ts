import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseReport } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { get } from "./harness/api.ts";
import { NO_LIMITS } from "../support/no-limits.ts";
import { runBarrage, ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

interface Run {
  readonly code: number | null;
  readonly report: LoadReport;
  readonly stdout: string;
}

/** Runs `barrage load` against the server and reads its JSON. */
async function load(server: ServeProcess, folder: string, args: readonly string[]): Promise<Run> {
  const json = join(folder, "report.json");
  const { code, stdout, stderr } = await runBarrage([
    "load",
    ...args,
    "--quiet",
    "--url",
    server.url,
    "--json",
    json,
  ]);
  assert.equal(stderr, "", stdout);
  return { code, stdout, report: parseReport(readFileSync(json, "utf8"), json) };
}

/** A metric of the server by its whole name, labels included; 0 while it is not there. */
async function metric(url: string, name: string): Promise<number> {
  const line = (await get(url, "/metrics")).text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

/** Nothing lost, doubled, out of order, refused or wrong; every viewer has what it should have. */
function assertSound({ report, stdout }: Run): void {
  const { audience } = report;
  const { lost, doubles, disordered, chainBreaks, expected, received, withheld } = audience;
  assert.deepEqual(
    { lost, doubles, disordered, chainBreaks },
    { lost: 0, doubles: 0, disordered: 0, chainBreaks: 0 },
    stdout,
  );
  assert.equal(received + withheld, expected, stdout);
  assert.deepEqual([report.refused, report.faults, report.sample.wrong], [{}, {}, 0], stdout);
  assert.equal(report.acked, report.published);
  assert.ok(report.sample.records > 0 && expected > 0);
}

/** Records that a run on fresh rooms made: what was acknowledged, and with each room the event that it exists. */
const publishedBy = ({ report }: Run): number => report.acked + report.plan.rooms.length;

const SHORT = "--viewers 30 --rate 40 --duration 3s --users 20 --drain 1m".split(" ");
const STEADY = ["live-room", "hot-room", "many-rooms", "soak", "slow-viewers"];

describe("barrage load against a server of its own", { timeout: 600_000 }, () => {
  it("[LD-49] each built-in scenario loses nothing, and the server counts what was acknowledged", async (t) => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);
    for (const scenario of STEADY)
      await t.test(scenario, async () => {
        const before = await metric(server.url, "barrage_published_total");

        const run = await load(server, folder.path, [
          scenario,
          ...SHORT,
          "--threshold",
          "lost<=0,errors<=0%",
        ]);

        assertSound(run);
        const { audience, plan, timeline, server: own } = run.report;
        assert.deepEqual([run.code, run.report.isComplete, audience.viewers], [0, true, 30]);
        assert.equal(audience.withheld, 0);
        assert.equal((await metric(server.url, "barrage_published_total")) - before, publishedBy(run));
        // What each second's figures say adds up to the same.
        const sum = (of: (second: (typeof timeline)[number]) => number): number =>
          timeline.reduce((total, second) => total + of(second), 0);
        assert.equal(
          sum(({ published }) => published),
          run.report.published,
        );
        assert.equal(
          sum(({ delivered }) => delivered),
          audience.received,
        );
        // Metrics may be late on a busy machine; the system's own figures of the process are not.
        assert.ok(own.some(({ residentBytes = 0 }) => residentBytes > 0));
        assert.ok(own.every(({ connections = 30 }) => connections >= 30));
        assert.deepEqual(run.report.rooms.map(({ room }) => room).toSorted(), plan.rooms.toSorted());
      });
  });

  it("[LD-49, LD-50] reconnect-storm: everybody comes back, catches up, and misses nothing", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);

    const run = await load(server, folder.path, ["reconnect-storm", ...SHORT, "--threshold", "lost<=0"]);

    assertSound(run);
    const { connect, catchUp } = run.report.latenciesWithInvalid;
    assert.ok(catchUp.count >= 5, run.stdout);
    assert.equal(connect.count, 30 + catchUp.count);
    assert.ok(catchUp.p50 > 0);
    assert.equal(await metric(server.url, "barrage_published_total"), publishedBy(run));
    assert.equal(run.code, 0);
  });

  it("[LD-50] slow viewers: what they did not get is announced, record by record", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [
      ...NO_LIMITS,
      "--engine.content-max=5000",
      "--engine.outbound.grace-ms=600000",
    ]);
    const scenario = join(folder.path, "slow.yaml");
    // Some 4.6 MB lie in the sockets of the system before the server sees that nobody reads.
    writeFileSync(
      scenario,
      "viewers: 6\nusers: 10\nrate: 100\nduration: 10s\ntextMax: 4000\ndrain: 2m\nbehaviours:\n  - read-slowly: { share: 0.5, pause: 10m, read: 1s }\n",
    );

    const run = await load(server, folder.path, [scenario, "--threshold", "lost<=0,withheld>0"]);

    assertSound(run);
    const { withheld, gaps } = run.report.audience;
    assert.ok(withheld > 0, run.stdout);
    assert.equal(await metric(server.url, 'barrage_shed_total{reason="slow"}'), withheld);
    assert.ok(gaps >= 0);
    assert.equal(await metric(server.url, "barrage_lost_at_close_total"), 0);
    assert.equal(run.code, 0);
  });

  it("[LD-44, LD-46] viewers come and go while users publish over WebSockets", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);
    const scenario = join(folder.path, "restless.yaml");
    writeFileSync(
      scenario,
      "viewers: 30\nusers: 12\nrooms: 3\ndrain: 1m\ntalk: zipf\npublish: websocket\nstages: ramp 1s 0..60, hold 3s\nbehaviours:\n" +
        "  - come-and-go: { share: 0.5, stay: 600ms, away: 200ms, elsewhere: true }\n" +
        "  - crowd: { share: 0.3, comes: 1s, leaves: 3s }\n",
    );

    const run = await load(server, folder.path, [scenario]);

    assertSound(run);
    assert.equal(await metric(server.url, "barrage_published_total"), publishedBy(run));
    assert.equal(run.report.acked, 210);
    assert.equal(run.report.audience.viewers, 30);
    // More visits than viewers, and fewer records than if everybody had stayed.
    assert.ok(run.report.latenciesWithInvalid.connect.count > 40, run.stdout);
    assert.deepEqual(run.report.closed, {});
  });

  it("[LD-47] a stop condition ends the run, which is judged by what it has", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);

    const endless = "live-room --viewers 5 --rate 20 --duration 10m --threshold lost<=0".split(" ");
    const run = await load(server, folder.path, [...endless, "--stop-when", "connections>4 for 2s"]);

    assert.deepEqual([run.code, run.report.isComplete], [1, false]);
    assert.match(run.stdout, /^stopped at second 1: connections > 4 for 2 s \(5\)$/m);
    assert.match(run.stdout, /^ok {3}lost <= 0: 0$/m);
    assertSound(run);
  });
});
