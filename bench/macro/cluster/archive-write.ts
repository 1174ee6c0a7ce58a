/**
 * How many records a second the archive takes, by the size of one write: SQLite beside PostgreSQL.
 *
 *   node bench/macro/cluster/archive-write.ts [--sizes 1,10,100,500,2000,10000] [--seconds 3] [--rooms 10] [--json FILE]
 *
 * One writer, as the archiver is: the next write begins when the one before is durable. PostgreSQL is started for it, on
 * the same disk (the system's temporary folder), with fsync on; both keep every index that history needs. Records are
 * danmaku of 20 characters, evenly over the rooms. The processor time is that of this process: SQLite works in it, PostgreSQL
 * beside it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Archive, ArchivedItem } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { openPostgresArchive } from "@barrage/store-postgres";
import { openSqliteStore } from "@barrage/store-sqlite";
import { danmaku, hasPostgres, placed, startPostgres } from "@barrage/testkit";
import { table } from "../../load/table.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1,10,100,500,2000,10000" },
    seconds: { type: "string", default: "3" },
    rooms: { type: "string", default: "10" },
    json: { type: "string" },
  },
});
const sizes = values.sizes.split(",").map(Number);
const seconds = Number(values.seconds);
const rooms = Number(values.rooms);
const ctx = background;

interface Step {
  readonly archive: string;
  readonly size: number;
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosPerRow: number;
}

let seq = 0;

function nextItems(size: number): readonly ArchivedItem[] {
  const at = Date.now();
  return Array.from({ length: size }, () => {
    seq += 1;
    const entry = danmaku(`record-${seq}`, { at, content: "弹幕飞过屏幕之上弹幕飞过屏幕之上弹幕飞过" });
    return placed(`room${seq % rooms}`, seq, entry);
  });
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function measure(name: string, archive: Archive, size: number): Promise<Step> {
  for (let i = 0; i < 3; i++) await archive.write(nextItems(size), ctx);
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  while (performance.now() - start < seconds * 1_000) {
    const items = nextItems(size);
    const began = performance.now();
    await archive.write(items, ctx);
    times.push(performance.now() - began);
  }
  const took = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const rows = times.length * size;
  const sorted = times.toSorted((x, y) => x - y);
  return {
    archive: name,
    size,
    rows,
    rowsPerSecond: rows / took,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuMicrosPerRow: (user + system) / rows,
  };
}

async function onSqlite(): Promise<readonly Step[]> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-bench-"));
  const store = await openSqliteStore({ dir });
  try {
    const steps: Step[] = [];
    for (const size of sizes) steps.push(await measure("SQLite", store.archive, size));
    return steps;
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function onPostgres(): Promise<readonly Step[]> {
  await using server = await startPostgres({ fsync: true });
  const archive = await openPostgresArchive({ url: server.url() });
  try {
    const steps: Step[] = [];
    for (const size of sizes) steps.push(await measure("PostgreSQL", archive, size));
    return steps;
  } finally {
    await archive.close();
  }
}

if (!hasPostgres()) throw new Error("PostgreSQL is missing (apt-get install postgresql)");
const steps = [...(await onSqlite()), ...(await onPostgres())];
const heading = ["archive", "rows a write", "rows/s", "write p50 ms", "p99 ms", "CPU us/row here"];
const lines = steps.map(({ archive, size, rowsPerSecond, p50Ms, p99Ms, cpuMicrosPerRow }) => [
  archive,
  String(size),
  rowsPerSecond.toFixed(0),
  p50Ms.toFixed(2),
  p99Ms.toFixed(2),
  cpuMicrosPerRow.toFixed(1),
]);
console.log(table(heading, lines));
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ steps }, null, 2));
