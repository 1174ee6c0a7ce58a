/**
 * The kernel beside other libraries, and beside Go where it is installed: each row in a process of its own, its
 * contenders alternately, medians of the rounds.
 *
 *   node bench/micro/kernel/run.ts [--rounds 7] [--only unbuffered,spawn] [--json FILE]
 *
 * The first run installs the libraries, in this folder only.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../../load/table.ts";
import { goSide } from "./go-side.ts";
import type { Timing } from "./measure.ts";
import { TIMED, VALUES } from "./rows.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const HERE = import.meta.dirname;
// A row takes seconds; one that takes longer than this (ms) hangs.
const ROW_LIMIT_MS = 180_000;

if (!existsSync(join(HERE, "node_modules", "effect"))) {
  console.log("installing the libraries to compare with");
  const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  execFileSync("npm", install, { cwd: HERE, stdio: "inherit" });
}

function child(file: string, flags: readonly string[], ...args: readonly string[]): string {
  const command = [...flags, "--no-warnings", join(HERE, file), ...args];
  return execFileSync(process.execPath, command, { encoding: "utf8", timeout: ROW_LIMIT_MS });
}

const wanted = values.only?.split(",");
const isWanted = ({ key }: { readonly key: string }): boolean => wanted === undefined || wanted.includes(key);
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(" ");
const before = load();

const go = goSide();
if (go === undefined) console.log("Go is not installed: its column stays empty");

const ns = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const inUnit = (value: number, unit: string): string => value.toFixed(unit === "B" || unit === "ns" ? 0 : 2);
const ratio = (value: number | undefined): string => (value === undefined ? "-" : value.toFixed(2));
const timed = TIMED.filter(isWanted).map((row) => {
  const [own, ...others] = JSON.parse(child("row.ts", [], row.key, values.rounds)) as [Timing, ...Timing[]];
  const best = others.filter((one) => one.name !== "raw promise").toSorted((a, b) => a.cpuNs - b.cpuNs)[0];
  return { ...row, own, others, best, go: go?.ns.get(row.key) };
});
const sizes = VALUES.filter(isWanted).map((row) => {
  const all = JSON.parse(child(row.tools ? "tools.ts" : "values.ts", ["--expose-gc"], row.key)) as Record<
    string,
    number
  >;
  return { ...row, all };
});

console.log(
  table(
    [
      "row",
      "what",
      "wall ns",
      "CPU ns",
      "goal",
      "CPU/goal",
      "best peer",
      "CPU ns",
      "CPU/peer",
      "Go ns",
      "CPU/Go",
    ],
    timed.map(({ number, what, own, goalNs, best, go: goNs }) => [
      number,
      what,
      ns(own.wallNs),
      ns(own.cpuNs),
      goalNs,
      ratio(own.cpuNs / goalNs),
      best?.name ?? "-",
      best === undefined ? "-" : ns(best.cpuNs),
      ratio(best && own.cpuNs / best.cpuNs),
      goNs === undefined ? "-" : ns(goNs),
      ratio(goNs && own.cpuNs / goNs),
    ]),
  ),
);
console.log("\nall contenders, CPU ns:");
for (const { number, own, others } of timed) {
  console.log(
    `${number.padStart(3)}  ${[own, ...others].map((one) => `${one.name} ${ns(one.cpuNs)}`).join(", ")}`,
  );
}
if (sizes.length > 0) console.log();
console.log(
  table(
    ["row", "what", "measured", "goal", "unit", "others"],
    sizes.map(({ number, what, goal, unit, all: { kernel = Number.NaN, ...others } }) => [
      number,
      what,
      inUnit(kernel, unit),
      goal,
      unit,
      Object.entries(others)
        .map(([name, value]) => `${name} ${inUnit(value, unit)}`)
        .join(", ") || "-",
    ]),
  ),
);
const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`;
console.log(
  `\nNode ${process.version}, ${go?.version ?? "no Go"}, ${machine}, load ${before} before, ${load()} after`,
);
if (values.json !== undefined) {
  const report = { node: process.version, go: go?.version, machine, before, after: load(), timed, sizes };
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
