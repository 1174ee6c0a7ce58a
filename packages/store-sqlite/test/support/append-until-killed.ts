/**
 * Program: appends to the store of a folder without end from many concurrent appenders, one append each at a time, and
 * writes `appender number seq` to stdout for each answer, unbuffered. It ends by being killed.
 */
import { writeSync } from "node:fs";
import { background, scope } from "@barrage/kernel";
import { openSqliteStore } from "../../src/index.ts";
import { loadRequest } from "./load-request.ts";

const [dir = "", run = "", appenders = "1"] = process.argv.slice(2);
const { log } = await openSqliteStore({ dir });
const PAUSE_MS = 1;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Writes the whole line before it returns; while the reader has no room for it, everything here waits. */
function tell(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(nobody, 0, 0, PAUSE_MS);
    }
  }
}

await scope((all) => {
  for (let appender = 0; appender < Number(appenders); appender++) {
    all.spawn(async () => {
      for (let number = 0; ; number++) {
        const outcome = await log.append(loadRequest(run, appender, number), background);
        if (outcome.status !== "appended") throw new Error(`${outcome.status} on the first try`);
        tell(`${appender} ${number} ${outcome.seq}\n`);
      }
    });
  }
});
