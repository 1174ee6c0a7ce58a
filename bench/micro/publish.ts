/**
 * What does one danmaku cost the process between the socket that it comes from and those that it goes to? A frame of text
 * is read, checked, said over a viewer's connection, kept by a log in memory, folded, judged, batched, windowed and encoded;
 * one viewer watches. No socket is in it, and no thread: the CPU is the process's own, in user mode.
 *
 *   node bench/micro/publish.ts [--publishes 20000] [--rounds 5] [--speakers 20] [--json FILE]
 *
 * Each danmaku has a turn of the event loop to itself, as one that comes from a socket. The reference, in turns with it, is
 * the same loop with the least that any server does: the frame parsed, and its answer written as text.
 */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Connection, Transport } from "@barrage/engine";
import { nextTurn, rootContext, systemClock } from "@barrage/kernel";
import type { Clock, TimerHandle } from "@barrage/kernel";
import { decodeClientFrame } from "@barrage/protocol";
import { Metrics } from "../../packages/server/src/telemetry/metrics.ts";
import { NodeMeter } from "../../packages/server/src/telemetry/process-meter.ts";
import { ROOM, memoryEngine } from "../load/engine-audience.ts";
import { NoArchive } from "../load/no-archive.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    publishes: { type: "string", default: "20000" },
    rounds: { type: "string", default: "5" },
    speakers: { type: "string", default: "20" },
    json: { type: "string" },
  },
});
const [publishes, rounds, speakers] = [values.publishes, values.rounds, values.speakers].map(Number) as [
  number,
  number,
  number,
];
/** Danmaku come as fast as they are taken, some 30,000 a second; on the engine's clock that is the usual 1,200. */
const CLOCK_SPEED = 25;
const WINDOW_MS = 25;
const CONTENT_MAX = 100;

const fastClock: Clock = {
  now: () => systemClock.now() * CLOCK_SPEED,
  wall: () => systemClock.wall(),
  setTimer: (ms, fn) => systemClock.setTimer(ms / CLOCK_SPEED, fn),
  clearTimer: (handle: TimerHandle) => systemClock.clearTimer(handle),
};

/** A socket that takes everything at once. */
class Sink implements Transport {
  readonly bufferedBytes = 0;
  readonly isFlushed = true;
  frames = 0;

  write(): boolean {
    this.frames += 1;
    return true;
  }

  whenTaken(): void {}
  close(): void {}
  cut(): void {}
}

let said = 0;
function nextFrame(): string {
  said += 1;
  const content = `弹幕飞过屏幕之上 ${said}`;
  return JSON.stringify({ type: "danmu", content, client_msg_id: `publish-${said}` });
}

/** us of this process's CPU in user mode for each call, every one in a turn of its own. */
async function cost(once: (text: string, i: number) => void): Promise<number> {
  const texts = Array.from({ length: publishes }, nextFrame);
  const start = process.cpuUsage();
  for (const [i, text] of texts.entries()) {
    once(text, i);
    await nextTurn();
  }
  return process.cpuUsage(start).user / publishes;
}

using meter = new NodeMeter();
const metrics = new Metrics(meter);
const { engine } = await memoryEngine({
  archive: new NoArchive(),
  flush: { minMs: WINDOW_MS, maxMs: WINDOW_MS },
  onEvent: (event) => metrics.onEvent(event),
  newId: randomUUID,
  ctx: rootContext({ clock: fastClock }),
});
const sink = new Sink();
const connections: readonly Connection[] = Array.from({ length: speakers }, (_, i) => {
  const principal = { uid: `u${i}`, name: `u${i}`, role: "viewer" } as const;
  return engine.gateway.connect({ room: ROOM, principal, address: `192.0.2.${i}`, transport: sink });
});

const publish = (text: string, i: number): void =>
  connections[i % speakers]?.receive(decodeClientFrame(text, CONTENT_MAX));

let answers = 0;
const reference = (text: string): void => {
  const { client_msg_id } = JSON.parse(text) as { readonly client_msg_id: string };
  answers += JSON.stringify({ type: "ack", client_msg_id, id: randomUUID(), seq: said }).length;
};

const rows: { readonly publish: number; readonly reference: number }[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const row = { publish: await cost(publish), reference: await cost(reference) };
  // The first one warms up.
  if (round > 0) rows.push(row);
}
const { published } = engine.totals;
await engine.stop(rootContext());

const least = (of: (row: (typeof rows)[number]) => number): number => Math.min(...rows.map(of));
const [whole, floor] = [least((row) => row.publish), least((row) => row.reference)];
console.log("us of CPU in user mode for each danmaku");
console.log(
  table(
    ["round", "published", "reference"],
    rows.map((row, i) => [i + 1, row.publish.toFixed(1), row.reference.toFixed(1)]),
  ),
);
console.log(`least: ${whole.toFixed(1)} and ${floor.toFixed(1)}, ratio ${(whole / floor).toFixed(1)}`);
// The room's own first record is one of them.
const lost = (rounds + 1) * publishes + 1 - published;
if (lost !== 0 || answers === 0) {
  console.log(`FAILED: ${lost} danmaku were not published`);
  process.exitCode = 1;
}
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ rows, usPerPublish: whole, reference: floor }, undefined, 2)}\n`,
  );
