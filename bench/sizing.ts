/**
 * How many of each role, partitions and shards does a site need? Does the arithmetic of docs/guides/sizing.md from the costs
 * in docs/perf/costs.json, and prints it.
 *
 *   node bench/sizing.ts [--viewers 1000000,10000000] [--set windowMs=100,roomRate=5] [--costs FILE]
 *     [--take live.json --source "live.ts, 2 cores"] [--write]
 *
 * `--set` changes what was chosen, for this time. `--take` puts what a benchmark wrote with --json into the costs. `--write`
 * writes the section of the guide anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as prettier from "prettier";
import { withMeasured } from "./load/sizing-model.ts";
import type { CostFile } from "./load/sizing-model.ts";
import { sizingSection, withSection } from "./load/sizing-page.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const GUIDE = at("../docs/guides/sizing.md");

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "1000000,10000000" },
    set: { type: "string", default: "" },
    costs: { type: "string", default: at("../docs/perf/costs.json") },
    take: { type: "string" },
    source: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

function changed(costs: CostFile, changes: string): CostFile {
  const chosen = { ...costs.chosen };
  for (const change of changes.split(",").filter((each) => each !== "")) {
    const [name = "", value = ""] = change.split("=");
    const input = chosen[name];
    if (input === undefined || value === "" || !Number.isFinite(Number(value)))
      throw new RangeError(`--set takes name=number of what was chosen, not ${change}`);
    chosen[name] = { ...input, value: Number(value) };
  }
  return { ...costs, chosen };
}

async function writeFormatted(path: string, text: string): Promise<void> {
  const options = (await prettier.resolveConfig(path)) ?? {};
  writeFileSync(path, await prettier.format(text, { ...options, filepath: path }));
}

let costs = JSON.parse(readFileSync(values.costs, "utf8")) as CostFile;
if (values.take !== undefined) {
  if (values.source === undefined)
    throw new RangeError("--take needs --source: which run it was, for people");
  const result = JSON.parse(readFileSync(values.take, "utf8")) as Readonly<Record<string, unknown>>;
  const found = { ...result, ...(result["costs"] as object | undefined) };
  costs = withMeasured(costs, found, values.source);
  await writeFormatted(values.costs, JSON.stringify(costs));
}
const section = sizingSection(changed(costs, values.set), values.viewers.split(",").map(Number));
if (values.write) await writeFormatted(GUIDE, withSection(readFileSync(GUIDE, "utf8"), section));
else console.log(await prettier.format(section, { parser: "markdown", printWidth: 200 }));
