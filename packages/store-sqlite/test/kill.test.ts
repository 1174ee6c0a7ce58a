import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { background } from "@barrage/kernel";
import type { LogRecord } from "@barrage/engine";
import { seededRandom } from "@barrage/testkit";
import { openSqliteStore } from "../src/index.ts";
import type { SqliteLog } from "../src/index.ts";
import { loadRequest } from "./support/load-request.ts";
import { temporaryFolder } from "./support/temporary-store.ts";

const ctx = background;
const RUNS = 20;
const APPENDERS = 48;
const SEED = Number(process.env["BARRAGE_TEST_SEED"] ?? randomInt(2 ** 31));

/** What each id was answered with, and how many each appender had answered. */
interface Acked {
  readonly seqs: Map<string, number>;
  readonly counts: number[];
}

/** Lets a process append and kills it, without warning, once it has told of `killAfter` answers. */
async function appendAndKill(dir: string, run: string, killAfter: number): Promise<Acked> {
  const program = fileURLToPath(new URL("./support/append-until-killed.ts", import.meta.url));
  const child = spawn(process.execPath, [program, dir, run, String(APPENDERS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const acked: Acked = { seqs: new Map(), counts: new Array<number>(APPENDERS).fill(0) };
  for await (const line of createInterface({ input: child.stdout })) {
    const [appender = 0, number = 0, seq] = line.split(" ").map(Number);
    // The last line may be cut off by the kill: without its seq it says nothing.
    if (seq === undefined || seq === 0) continue;
    acked.seqs.set(`${run}-${appender}-${number}`, seq);
    acked.counts[appender] = number + 1;
    if (acked.seqs.size === killAfter) child.kill("SIGKILL");
  }
  assert.deepEqual(await exited, [null, "SIGKILL"]);
  return acked;
}

function assertIntact(dir: string): void {
  const db = new DatabaseSync(join(dir, "danmaku.db"));
  assert.deepEqual({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
  db.close();
}

async function everything(log: SqliteLog): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for (;;) {
    const page = await log.read(records.at(-1)?.seq ?? 0, 4_000, ctx);
    if (page.length === 0) return records;
    records.push(...page);
  }
}

describe("kill -9 under load", () => {
  it(`[LG-1, LG-4] loses nothing that was answered, ${RUNS} times`, async (t) => {
    t.diagnostic(`seed ${SEED} (BARRAGE_TEST_SEED)`);
    using folder = temporaryFolder();
    const dir = folder.path;
    const next = seededRandom(SEED);
    const all = new Map<string, number>();
    let lost = 0;

    for (let run = 0; run < RUNS; run++) {
      const killAfter = 1 + Math.floor(next() * 1_500);
      const { seqs, counts } = await appendAndKill(dir, `r${run}`, killAfter);
      for (const [id, seq] of seqs) all.set(id, seq);
      assertIntact(dir);

      const { log, close } = await openSqliteStore({ dir });
      try {
        const before = (await everything(log)).length;
        const retries = counts.map((count, appender) =>
          log.append(loadRequest(`r${run}`, appender, count), ctx),
        );
        const retried = await Promise.all(retries);
        const survived = retried.filter(({ status }) => status === "repeated").length;
        for (const outcome of retried) if ("seq" in outcome) all.set(outcome.id, outcome.seq);

        const records = await everything(log);
        const found = new Map(records.map(({ entry, seq }) => [entry.id, seq]));
        lost += [...all].filter(([id, seq]) => found.get(id) !== seq).length;
        assert.equal(lost, 0);
        assert.equal(found.size, records.length);
        assert.equal(records.length, before + APPENDERS - survived);
        assert.equal(new Set(records.map(({ seq }) => seq)).size, records.length);
        t.diagnostic(
          `run ${run}: killed after ${killAfter} answers, ${seqs.size} told; of ${APPENDERS} unanswered ${survived} were durable`,
        );
      } finally {
        await close();
      }
    }
    t.diagnostic(`${all.size} answered appends in ${RUNS} kills, ${lost} lost`);
  });
});
