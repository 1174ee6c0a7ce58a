/**
 * A CPU profile (`node --cpu-prof`) as a flame graph: one SVG file, which needs nothing else.
 *
 *   node bench/load/flame-graph.ts FILE.cpuprofile OUT.svg [--title TEXT] [--from SECOND] [--to SECOND] [--top 10]
 *
 * Below each function stands what it called; the width is CPU time, that of waiting left out. Prints the functions with
 * most time of their own.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { table } from "./table.ts";

/** What a .cpuprofile holds, as far as it is read here. Units: `timeDeltas` in us. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function in the place that it was called from. Units: us. */
export interface Call {
  readonly name: string;
  /** File and line; empty for what is no JavaScript. */
  readonly at: string;
  /** Its own. */
  self: number;
  /** With all that it called. */
  total: number;
  readonly calls: Map<string, Call>;
}

export interface Stretch {
  /** Units: seconds after the profile's begin. */
  readonly from?: number;
  readonly to?: number;
}

const US_PER_SECOND = 1e6;
const WAITING = "(idle)";

const callOf = (name: string, at: string): Call => ({ name, at, self: 0, total: 0, calls: new Map() });

/** Length of a profile, s. */
export const secondsOf = ({ timeDeltas }: CpuProfile): number =>
  timeDeltas.reduce((sum, us) => sum + us, 0) / US_PER_SECOND;

/** The calls of a profile as one tree: what was compiled anew or called from elsewhere in a function counts together. */
export function callTree(profile: CpuProfile, { from = 0, to = Infinity }: Stretch = {}): Call {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const callerOf = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  const root = callOf("all", "");
  const places = new Map<number, Call>();
  const placeOf = (id: number): Call => {
    const known = places.get(id);
    if (known !== undefined) return known;
    const caller = callerOf.get(id);
    const { functionName, url, lineNumber } = nodes.get(id)?.callFrame ?? {
      functionName: "",
      url: "",
      lineNumber: 0,
    };
    let place = root;
    if (caller !== undefined) {
      const above = placeOf(caller);
      const name = functionName === "" ? "(anonymous)" : functionName;
      const at = url === "" ? "" : `${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
      const key = `${name} ${at}`;
      place = above.calls.get(key) ?? callOf(name, at);
      above.calls.set(key, place);
    }
    places.set(id, place);
    return place;
  };
  let now = 0;
  for (const [index, id] of profile.samples.entries()) {
    const took = profile.timeDeltas[index] ?? 0;
    now += took;
    const second = now / US_PER_SECOND;
    const place = placeOf(id);
    if (second >= from && second < to && place.name !== WAITING) place.self += took;
  }
  return summed(root);
}

function summed(call: Call): Call {
  call.total = call.self;
  for (const inner of call.calls.values()) call.total += summed(inner).total;
  return call;
}

/** Time of their own, over all places they were called from, the most first. */
export function hottest(root: Call, count: number): readonly Pick<Call, "name" | "at" | "self">[] {
  const sums = new Map<string, { name: string; at: string; self: number }>();
  const visit = ({ name, at, self, calls }: Call): void => {
    const sum = sums.get(`${name} ${at}`) ?? { name, at, self: 0 };
    sum.self += self;
    sums.set(`${name} ${at}`, sum);
    for (const inner of calls.values()) visit(inner);
  };
  visit(root);
  return [...sums.values()].toSorted((a, b) => b.self - a.self).slice(0, count);
}

const [WIDTH, ROW, CHARACTER, TOP] = [1_200, 17, 6.6, 34];
/** What is narrower is left out, px. */
const NARROWEST = 0.5;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${String(sign.codePointAt(0))};`);

/** Warm for JavaScript of ours and others, cool for the engine and the system; the same name has the same shade. */
function colourOf({ name, at }: Call): string {
  let shade = 7;
  for (const sign of name) shade = (shade * 31 + (sign.codePointAt(0) ?? 0)) % 30;
  if (at === "") return `hsl(${195 + shade} 45% 72%)`;
  return at.startsWith("node:") ? `hsl(${85 + shade} 40% 72%)` : `hsl(${20 + shade} 80% 70%)`;
}

export function flameGraph(root: Call, title: string): string {
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (call: Call, x: number, depth: number): void => {
    const width = (call.total / Math.max(1, root.total)) * WIDTH;
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, depth);
    const y = TOP + depth * ROW;
    const share = `${((call.total / root.total) * 100).toFixed(1)} %, own ${((call.self / root.total) * 100).toFixed(1)} %`;
    const says = call.name.slice(0, Math.max(0, Math.floor((width - 4) / CHARACTER)));
    boxes.push(
      `<g><title>${escaped(`${call.name} ${call.at} (${share})`)}</title>` +
        `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(call)}"/>` +
        (says.length > 2 ? `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(says)}</text>` : "") +
        "</g>",
    );
    let at = x;
    for (const inner of [...call.calls.values()].toSorted((a, b) => b.total - a.total)) {
      draw(inner, at, depth + 1);
      at += (inner.total / Math.max(1, root.total)) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = TOP + (deepest + 1) * ROW + 4;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">` +
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>` +
    `<text x="4" y="20" font-size="14">${escaped(title)}</text>${boxes.join("")}</svg>\n`
  );
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      title: { type: "string" },
      from: { type: "string", default: "0" },
      to: { type: "string", default: "Infinity" },
      top: { type: "string", default: "10" },
    },
  });
  const [file, out] = positionals;
  if (file === undefined || out === undefined)
    throw new RangeError("say a .cpuprofile and where the SVG goes");
  const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
  const root = callTree(profile, { from: Number(values.from), to: Number(values.to) });
  const seconds = (root.total / US_PER_SECOND).toFixed(1);
  writeFileSync(out, flameGraph(root, `${values.title ?? file}: ${seconds} s of CPU`));
  const rows = hottest(root, Number(values.top)).map(({ name, at, self }) => [
    `${((self / root.total) * 100).toFixed(1)} %`,
    `${name} ${at}`,
  ]);
  console.log(table(["own time", "function"], rows));
}

if (import.meta.main) main();
