/**
 * Breaks a cluster in every way of `cases/`, under load, and prints one table.
 *
 *   node tests/faults/run.ts [--case NAME]... [--seconds N] [--slack X] [--markdown] [--mutants]
 *
 * Exit code 1 when a case missed. With `--mutants`: each mutant has to be caught by its case, else 1.
 */
import { parseArgs } from "node:util";
import { CASES } from "./cases/all.ts";
import { runCase } from "./harness/run-case.ts";
import type { Row } from "./harness/run-case.ts";
import { missingServers, Servers } from "./harness/servers.ts";
import { Site } from "./harness/site.ts";
import { tableOf } from "./harness/table.ts";
import { MUTANTS } from "./mutants.ts";

const { values } = parseArgs({
  options: {
    case: { type: "string", multiple: true },
    seconds: { type: "string", default: "2" },
    slack: { type: "string", default: "1" },
    markdown: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
  },
});
const options = { seconds: Number(values.seconds), slack: Number(values.slack) };

function chosen() {
  const names = values.case;
  if (names === undefined) return CASES;
  const unknown = names.filter((name) => !CASES.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new Error(`no case ${unknown.join(", ")}; there are ${CASES.map(({ name }) => name).join(", ")}`);
  return CASES.filter(({ name }) => names.includes(name));
}

/** A site of its own after a miss: one case's harm is not to be seen in the next. */
async function runAll(servers: Servers): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let site: Site | undefined;
  try {
    for (const fault of chosen()) {
      site ??= await Site.start({ servers });
      console.error(`${fault.name}: ${fault.title.replace(/^\[.*?\] /, "")}`);
      const row = await runCase(fault, { site, servers, ...options });
      rows.push(row);
      for (const missed of row.missed) console.error(`  ${missed}`);
      if (!row.isHarmed) continue;
      await site[Symbol.asyncDispose]();
      site = undefined;
    }
  } finally {
    await site?.[Symbol.asyncDispose]();
  }
  return rows;
}

/** Names of mutants that their case did not notice. */
async function survivors(servers: Servers): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, caughtBy } of MUTANTS) {
    const fault = CASES.find((one) => one.name === caughtBy);
    if (fault === undefined) throw new Error(`no case ${caughtBy}`);
    const preloads = ["clock", "links", "points", "mutate"];
    await using site = await Site.start({ servers, preloads, env: { FAULTS_MUTANT: name } });
    const { missed } = await runCase(fault, { site, servers, ...options });
    const isCaught = missed.length > 0;
    console.log(
      `${isCaught ? "caught" : "SURVIVED"}  ${name} (${caughtBy}): ${missed[0] ?? "nothing was noticed"}`,
    );
    if (!isCaught) names.push(name);
  }
  return names;
}

const missing = missingServers();
if (missing !== undefined) throw new Error(`missing is ${missing}`);
await using servers = await Servers.start();
if (values.mutants) {
  process.exitCode = (await survivors(servers)).length === 0 ? 0 : 1;
} else {
  const rows = await runAll(servers);
  console.log(tableOf(rows, values.markdown));
  process.exitCode = rows.some(({ missed }) => missed.length > 0) ? 1 : 0;
}
