import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { LoadRig, localWorker, measureCapacity, parseCapacityReport, serverReader } from "@barrage/load";
import type { CapacitySettings, RecommendedSettings, StartWorker } from "@barrage/load";
import { LEAVES, readConfigFile, resolveConfig } from "@barrage/server";
import { configWith } from "../src/capacity/config-file.ts";
import { opened, startOwnServer } from "../src/capacity/own-server.ts";
import { runCommand } from "./support/run-command.ts";
import type { Told } from "./support/run-command.ts";

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "barrage-capacity-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A config file in the folder, as `--config` takes it. */
function configFile(folder: { readonly path: string }, content: object): string {
  const path = join(folder.path, "given.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const capacity = (...args: string[]): Promise<Told> =>
  runCommand(["capacity", ...args], { env: process.env });

/** A worker whose seconds count on a busy machine too: what is tested is not how fast this one is. */
const everySecondCounts: StartWorker = ({ plan, part, events }, ctx) =>
  localWorker(
    {
      plan,
      part,
      events: {
        acks: (acks) => events.acks(acks),
        clock: (clock) => events.clock(clock),
        second: (delta) => events.second({ ...delta, invalid: [] }),
      },
    },
    ctx,
  );

const own = (file: string | undefined) => ({
  config: resolveConfig(file === undefined ? {} : { file: readConfigFile(file) }),
  file,
  env: process.env,
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The server's own reader of configurations takes them all. */
function assertStartable(settings: RecommendedSettings): void {
  const known = new Set(LEAVES.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(settings).filter((name) => !known.has(name)),
    [],
  );
  const text = JSON.stringify(configWith(undefined, settings));
  assert.doesNotThrow(() => resolveConfig({ file: { path: "recommended", text } }));
}

/** Nothing but refusals can be a limit: time is not what this machine is to be judged by. */
const settingsFor = (url: URL): CapacitySettings => ({
  protocol: "barrage",
  host: url.hostname,
  port: Number(url.port),
  grow: "rate",
  fixed: 2,
  shape: { start: 20, growth: 2, max: 320 },
  users: 20,
  warmUpSeconds: 1,
  stepSeconds: 2,
  holdSeconds: 2,
  probeConnections: 0,
  limits: { p99Ms: 1e6, cpu: 1e6, loopDelayMs: 1e6, errorShare: 0.01, leftOverShare: 1 },
  safety: 2,
  machine: { cores: 2, memoryBytes: 4 * 2 ** 30 },
  current: { flushMinMs: 10, outboundHighBytes: 262_144, outboundProcessBytes: 268_435_456 },
  seed: 1,
});

describe("barrage capacity", { timeout: 240_000 }, () => {
  it("[LD-83, LD-78] names a rate limit of the server's config, holds a load within a step below it, and recommends settings that the server knows", async () => {
    using folder = temporaryFolder();
    const room = { perSecond: 40, burst: 20 };
    const file = configFile(folder, { engine: { limits: { room } } });
    await using server = await startOwnServer(own(file), background);
    const url = new URL(server.url);
    const rig = new LoadRig({
      settings: settingsFor(url),
      run: "t",
      workers: [everySecondCounts],
      readServer: serverReader({ metricsUrl: new URL("/metrics", url).href, pid: server.pid }),
    });

    const report = await measureCapacity(settingsFor(url), rig, {}, background);

    assert.equal(report.bottleneck.name, "errors", JSON.stringify(report.steps));
    assert.match(report.bottleneck.cause, /own rate limits \(engine\.limits\).*BARRAGE_RATE_LIMITED/);
    // Up to 40 nothing is refused; a quarter of the step from 40 to 80 above, a tenth is. A stalled machine sends in bursts.
    const held = report.result.held ?? 0;
    assert.equal(held >= 20 && held < 50, true, String(held));
    const settings = report.recommendation?.settings ?? {};
    assert.equal(settings["engine.limits.room.perSecond"], Math.floor(held * 0.8));
    assertStartable(settings);
  });

  it("[LD-78] writes the recommended settings over those of the config file, and the server starts with it", async () => {
    using folder = temporaryFolder();
    const settings = {
      "engine.flush.minMs": 15,
      "engine.outbound.highBytes": 524_288,
      "engine.limits.room.perSecond": 321,
      "engine.limits.room.burst": 642,
    };
    const given = '{"demo":false,"engine":{"contentMax":50,"limits":{"room":{"perSecond":1}}}}';
    const file = configFile(folder, configWith(given, { ...settings, "engine.noSuch": 1 }));

    const { config } = resolveConfig({ file: readConfigFile(file) });
    await using server = await startOwnServer(own(file), background);
    const health = await fetch(new URL("/healthz", server.url));

    assert.deepEqual(
      [config.engine.contentMax, config.engine.limits.room, config.engine.flush.minMs],
      [50, { perSecond: 321, burst: 642 }, 15],
    );
    assert.equal(config.engine.outbound.highBytes, 524_288);
    assert.equal(health.status, 200);
  });

  it("[LD-83] opens every limit of its own server that the config file leaves alone", () => {
    using folder = temporaryFolder();
    const file = configFile(folder, { engine: { limits: { user: { perSecond: 3 } } } });

    const flags = opened(resolveConfig({ file: readConfigFile(file) }));

    assert.equal(opened(resolveConfig({})).length, 7);
    assert.equal(flags.length, 6);
    assert.equal(flags.includes("--engine.limits.user.burst=1000000"), true);
    assert.equal(
      flags.some((flag) => flag.startsWith("--engine.limits.user.per-second")),
      false,
    );
  });

  it("[LD-82] its own server and the server's data are gone when it ends, and when it could not start", async () => {
    using folder = temporaryFolder();
    let pid = 0;
    {
      await using server = await startOwnServer(own(undefined), background);
      pid = server.pid;
      assert.equal(isAlive(pid), true);
    }
    assert.equal(isAlive(pid), false);

    const bad = configFile(folder, { server: { tlsCert: "missing.pem", tlsKey: "missing.pem" } });
    await assert.rejects(startOwnServer(own(bad), background), { code: "CLI_SERVER_UNREACHABLE" });
  });

  it("[LD-82] refuses options that are none with code 2 and one line", async () => {
    for (const args of [
      ["--grow", "both"],
      ["--growth", "1"],
      ["--mem", "16"],
      ["--cores", "0"],
      ["--url", "ftp://127.0.0.1"],
      ["--server-pid", "1"],
      ["--protocol", "smtp"],
      ["--max-errors", "101"],
      ["surplus"],
    ]) {
      const { code, out, err } = await capacity(...args);

      assert.deepEqual([code, out.length, err.length], [2, 0, 1], args.join(" "));
    }
  });

  it("[LD-82] ends with code 1 where it cannot begin", async () => {
    using folder = temporaryFolder();
    for (const args of [
      // Port 9 is discard: nobody listens there.
      ["--url", "http://127.0.0.1:9", "--probe", "0", "--quiet"],
      ["--config", join(folder.path, "missing.json")],
    ]) {
      const { code, out, err } = await capacity(...args);

      assert.deepEqual([code, out.length, err.length], [1, 0, 1], args.join(" "));
    }
  });

  it("[LD-82] ends with code 0 exactly when there is something to recommend", async () => {
    using folder = temporaryFolder();
    const [json, config] = [join(folder.path, "out.json"), join(folder.path, "barrage.json")];
    const quick = [
      "--start=10",
      "--max-load=10",
      "--viewers=2",
      "--users=10",
      "--step=2",
      "--warm-up=0",
      "--hold=2",
    ];

    const { code, out, err } = await capacity(
      ...quick,
      "--probe=0",
      `--json=${json}`,
      `--write-config=${config}`,
    );

    const report = parseCapacityReport(readFileSync(json, "utf8"), json);
    // A machine that is too busy to make ten danmaku a second has nothing to say of the server.
    assert.equal(code, report.recommendation === undefined ? 1 : 0);
    assert.equal(existsSync(config), code === 0);
    if (code === 0) assert.doesNotThrow(() => resolveConfig({ file: readConfigFile(config) }));
    assert.match(out.join("\n"), /First bottleneck: (?:none|generator|[a-z])/);
    assert.equal(
      err.some((line) => /^up +10 danmaku\/s/.test(line)),
      true,
    );
  });
});
