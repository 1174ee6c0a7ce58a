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

await scope((all) => {
  for (let appender = 0; appender < Number(appenders); appender++) {
    all.spawn(async () => {
      for (let number = 0; ; number++) {
        const outcome = await log.append(loadRequest(run, appender, number), background);
        if (outcome.status !== "appended") throw new Error(`${outcome.status} on the first try`);
        writeSync(1, `${appender} ${number} ${outcome.seq}\n`);
      }
    });
  }
});
