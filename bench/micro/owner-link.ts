/**
 * What the link between owner and worker costs, beside the same engine in one process.
 *
 *   node bench/micro/owner-link.ts [--seconds 3] [--concurrency 1,64] [--rounds 3]
 *
 * Publishers in a closed loop; a viewer in the room whose socket takes everything at once. Nothing is durable on either
 * side, so that the link is what is seen. Printed: publishes a second, time to the answer and to the viewer's socket, CPU
 * of each process for one publish, and the same as ratios. One process and the pair take turns, so that a machine whose
 * speed moves, moves both.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createMemoryFeed, MemoryWindow, startEngine } from "@barrage/engine";
import type { EdgeEngine, Transport } from "@barrage/engine";
import { background, scope, systemClock } from "@barrage/kernel";
import { createLogger, resolveConfig, startOwner } from "@barrage/server";
import type { Store } from "@barrage/server";
import { MemoryAuditLog, MemoryLog, MemoryRoomStore } from "@barrage/testkit";
import { engineSettingsOf } from "../../packages/server/src/config/engine-settings.ts";
import { RemoteEngine } from "../../packages/server/src/owner-link/remote-engine.ts";
import { NodeMeter } from "../../packages/server/src/telemetry/process-meter.ts";
import { UNLIMITED } from "../../tests/support/no-limits.ts";
import { NoArchive } from "../load/no-archive.ts";

const ROOM = "bench";
const CONTENT = "弹幕飞过屏幕之上弹幕飞过屏幕之上弹幕飞过";

const configIn = (dir: string) =>
  resolveConfig({ flags: { "store.dir": dir, "telemetry.debug-pages": "off", ...UNLIMITED } }).config;

function memoryStore(): Store {
  const log = new MemoryLog();
  return {
    log,
    rooms: new MemoryRoomStore(),
    archive: new NoArchive(),
    audit: new MemoryAuditLog(),
    close: () => log.close(),
  };
}

/** The owner's process: tells its CPU time when asked. */
async function beOwner(dir: string): Promise<void> {
  const log = createLogger({ level: "warn", stream: { write: (line) => void process.stderr.write(line) } });
  await startOwner(configIn(dir), {
    socketPath: join(dir, "owner.sock"),
    log,
    openStore: () => Promise.resolve(memoryStore()),
  });
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.send?.("up");
}

/** A viewer's socket that takes everything at once, and notes when each batch came. */
class Sink implements Transport {
  readonly bufferedBytes = 0;
  readonly isFlushed = true;
  onWrite: () => void = () => undefined;

  write(): boolean {
    this.onWrite();
    return true;
  }

  whenTaken(listener: { taken(): void }): void {
    listener.taken();
  }

  close(): void {}
  cut(): void {}
}

interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly engine: EdgeEngine;
  readonly sink: Sink;
  /** CPU of all its processes so far, by process, us. */
  cpu(): Promise<readonly number[]>;
}

const sumOf = ({ user, system }: NodeJS.CpuUsage): number => user + system;

async function seat(engine: EdgeEngine): Promise<Sink> {
  const sink = new Sink();
  const joined = new Promise<void>((resolve) => (sink.onWrite = resolve));
  engine.gateway.connect({ room: ROOM, principal: null, address: "192.0.2.1", transport: sink });
  await joined;
  return sink;
}

async function oneProcess(): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-link-"));
  const settings = engineSettingsOf(configIn(dir));
  const engine = await startEngine({
    ports: {
      ...memoryStore(),
      window: new MemoryWindow(settings.window, systemClock),
      feed: createMemoryFeed(),
    },
    settings,
    ctx: background,
    onEvent: () => undefined,
    newId: () => crypto.randomUUID(),
    random: Math.random,
    meter: new NodeMeter(),
  });
  return {
    name: "one process",
    engine,
    sink: await seat(engine),
    cpu: () => Promise.resolve([sumOf(process.cpuUsage())]),
    async [Symbol.asyncDispose]() {
      await engine.stop(background);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function overTheLink(): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-link-"));
  const owner = fork(import.meta.filename, ["owner", dir]);
  await once(owner, "message");
  const engine = new RemoteEngine({
    socketPath: join(dir, "owner.sock"),
    worker: { id: "bench", generation: 1 },
    settings: engineSettingsOf(configIn(dir)),
    ctx: background,
    onEvent: () => undefined,
    onLink: () => undefined,
    random: Math.random,
    meter: new NodeMeter(),
  });
  await engine.arrive(10_000, background);
  return {
    name: "over the link",
    engine,
    sink: await seat(engine),
    async cpu() {
      owner.send("cpu");
      const [usage] = (await once(owner, "message")) as [NodeJS.CpuUsage];
      return [sumOf(process.cpuUsage()), sumOf(usage)];
    },
    async [Symbol.asyncDispose]() {
      await engine.stop(background);
      owner.kill("SIGKILL");
      await once(owner, "close");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Measured {
  readonly perSecond: number;
  readonly ackUs: number;
  readonly ackP99Us: number;
  /** By process: this one, the owner's. */
  readonly cpuUs: readonly number[];
  readonly seenUs: number;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

async function measure({ engine, sink, cpu }: Subject, concurrency: number, ms: number): Promise<Measured> {
  const acks: number[] = [];
  const seen: number[] = [];
  const caller = { principal: { uid: "u", name: "U", role: "viewer" }, address: "192.0.2.1" } as const;
  let begun = 0;
  // Of one publisher alone it is known whose batch is written.
  if (concurrency === 1) sink.onWrite = () => void seen.push(performance.now() - begun);
  const before = await cpu();
  const start = performance.now();
  await scope((all) => {
    for (let publisher = 0; publisher < concurrency; publisher += 1) {
      all.spawn(async (ctx) => {
        for (let i = 0, now = performance.now(); now - start < ms; i += 1) {
          begun = now;
          const client_msg_id = `${start}-${publisher}-${i}`;
          const said = {
            content: CONTENT,
            mode: "scroll",
            color: 0xffffff,
            size: 25,
            client_msg_id,
          } as const;
          await engine.publisher.danmaku(caller, ROOM, said, ctx);
          const answered = performance.now();
          acks.push(answered - now);
          now = answered;
        }
      });
    }
  });
  const seconds = (performance.now() - start) / 1_000;
  const after = await cpu();
  sink.onWrite = () => undefined;
  acks.sort((a, b) => a - b);
  seen.sort((a, b) => a - b);
  return {
    perSecond: acks.length / seconds,
    ackUs: quantile(acks, 0.5) * 1_000,
    ackP99Us: quantile(acks, 0.99) * 1_000,
    cpuUs: after.map((us, i) => (us - (before[i] ?? 0)) / acks.length),
    seenUs: quantile(seen, 0.5) * 1_000,
  };
}

const show = (name: string, { perSecond, ackUs, ackP99Us, cpuUs, seenUs }: Measured): string =>
  [
    name.padEnd(14),
    `${perSecond.toFixed(0).padStart(7)}/s`,
    `ack p50 ${ackUs.toFixed(0).padStart(6)} us, p99 ${ackP99Us.toFixed(0).padStart(6)} us`,
    `CPU ${cpuUs.map((us) => us.toFixed(1)).join(" + ")} us`,
    ...(Number.isNaN(seenUs) ? [] : [`seen p50 ${seenUs.toFixed(0)} us`]),
  ].join("  ");

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "3" },
      concurrency: { type: "string", default: "1,64" },
      rounds: { type: "string", default: "3" },
    },
  });
  const ms = Number(values.seconds) * 1_000;
  for (const concurrency of values.concurrency.split(",").map(Number)) {
    console.log(`${concurrency} publisher(s)`);
    const best: Measured[] = [];
    for (const [place, make] of [oneProcess, overTheLink].entries()) {
      for (let round = 0; round <= Number(values.rounds); round += 1) {
        await using subject = await make();
        const measured = await measure(subject, concurrency, round === 0 ? ms / 4 : ms);
        // The first only warms up.
        if (round === 0) continue;
        console.log(`  ${show(subject.name, measured)}`);
        const known = best[place];
        if (known === undefined || measured.perSecond > known.perSecond) best[place] = measured;
      }
    }
    const [alone, linked] = best;
    if (alone === undefined || linked === undefined) continue;
    const cpu = linked.cpuUs.reduce((sum, us) => sum + us, 0) / (alone.cpuUs[0] ?? 1);
    console.log(
      `  ratios: rate ${(linked.perSecond / alone.perSecond).toFixed(2)}, ack +${(linked.ackUs - alone.ackUs).toFixed(0)} us, ` +
        `CPU of both ${cpu.toFixed(2)}, of the worker ${((linked.cpuUs[0] ?? 0) / (alone.cpuUs[0] ?? 1)).toFixed(2)}`,
    );
  }
}

const [role, dir] = process.argv.slice(2);
if (role === "owner" && dir !== undefined) await beOwner(dir);
else await run();
