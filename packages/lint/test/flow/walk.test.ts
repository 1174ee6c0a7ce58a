import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { oxlint } from "../oxlint.ts";

/** A program of which every path can be walked by trying. */
type Step =
  | { readonly kind: "call" | "await" | "cancel" | "return" | "throw" | "break" | "continue" | "exit" }
  | { readonly kind: "if"; readonly yes: readonly Step[]; readonly no: readonly Step[] }
  | { readonly kind: "while" | "do" | "for"; readonly body: readonly Step[] }
  | { readonly kind: "switch"; readonly cases: readonly (readonly Step[])[]; readonly hasDefault: boolean }
  | {
      readonly kind: "try";
      readonly body: readonly Step[];
      readonly handler: readonly Step[] | null;
      readonly last: readonly Step[] | null;
    };

const TEXT = {
  call: "work();",
  await: "await work();",
  cancel: "ctx.cancel();",
  return: "return;",
  throw: "throw bad;",
  break: "break;",
  continue: "continue;",
  exit: "process.exit();",
} as const;

const block = (steps: readonly Step[]): string => `{ ${steps.map(text).join(" ")} }`;

function text(step: Step): string {
  switch (step.kind) {
    case "if":
      return `if (ask()) ${block(step.yes)} else ${block(step.no)}`;
    case "while":
      return `while (ask()) ${block(step.body)}`;
    case "do":
      return `do ${block(step.body)} while (ask());`;
    case "for":
      return `for (;;) ${block(step.body)}`;
    case "switch": {
      const cases = step.cases.map((steps, i) => {
        const label = step.hasDefault && i === step.cases.length - 1 ? "default" : `case ${i}`;
        return `${label}: ${block(steps)}`;
      });
      return `switch (ask()) { ${cases.join(" ")} }`;
    }
    case "try": {
      const handler = step.handler === null ? "" : ` catch ${block(step.handler)}`;
      const last = step.last === null ? "" : ` finally ${block(step.last)}`;
      return `try ${block(step.body)}${handler}${last}`;
    }
    default:
      return TEXT[step.kind];
  }
}

/** Where control is after a step, and whether the context is still open there: `next:open`, `return:closed`, ... */
type End = `${"next" | "break" | "continue" | "return" | "throw"}:${"open" | "closed"}`;

const openness = (end: End): "open" | "closed" => (end.endsWith(":open") ? "open" : "closed");
const nexts = (ends: ReadonlySet<End>) =>
  (["open", "closed"] as const).filter((is) => ends.has(`next:${is}`));
const others = (ends: ReadonlySet<End>) => [...ends].filter((end) => !end.startsWith("next:"));

function all(steps: readonly Step[], is: "open" | "closed"): Set<End> {
  let ends = new Set<End>([`next:${is}`]);
  for (const step of steps)
    ends = new Set([...others(ends), ...nexts(ends).flatMap((now) => [...every(step, now)])]);
  return ends;
}

/** Turns are tried until one adds nothing: a context is open or not, so that two are enough. */
function turns(
  body: readonly Step[],
  is: "open" | "closed",
  first: "test" | "body",
  isEndless: boolean,
): Set<End> {
  const ends = new Set<End>();
  const begun = new Set<"open" | "closed">();
  const begin = (now: "open" | "closed"): void => {
    if (begun.has(now)) return;
    begun.add(now);
    for (const end of all(body, now)) {
      if (end.startsWith("break:")) ends.add(`next:${openness(end)}`);
      else if (end.startsWith("next:") || end.startsWith("continue:")) {
        if (!isEndless) ends.add(`next:${openness(end)}`);
        begin(openness(end));
      } else ends.add(end);
    }
  };
  if (first === "test") ends.add(`next:${is}`);
  begin(is);
  return ends;
}

function cases(list: readonly (readonly Step[])[], hasDefault: boolean, is: "open" | "closed"): Set<End> {
  const found = list.flatMap((_, from) => [...all(list.slice(from).flat(), is)]);
  const ends = found.map((end): End => (end.startsWith("break:") ? `next:${openness(end)}` : end));
  return new Set<End>(hasDefault ? ends : [...ends, `next:${is}`]);
}

function guarded(step: Step & { readonly kind: "try" }, is: "open" | "closed"): Set<End> {
  let ends = all(step.body, is);
  if (step.handler !== null) {
    const { handler } = step;
    // Any call may throw, so the handler may begin as the block began or ended.
    const thrown = new Set([is, ...[...ends].filter((end) => /^(throw|next):/.test(end)).map(openness)]);
    const kept = [...ends].filter((end) => !end.startsWith("throw:"));
    ends = new Set([...kept, ...[...thrown].flatMap((now) => [...all(handler, now)])]);
  }
  if (step.last === null) return ends;
  const { last } = step;
  return new Set(
    [...ends].flatMap((end) =>
      [...all(last, openness(end))].map((after): End =>
        after.startsWith("next:") ? (end.replace(/:.*/, `:${openness(after)}`) as End) : after,
      ),
    ),
  );
}

function every(step: Step, is: "open" | "closed"): Set<End> {
  switch (step.kind) {
    case "call":
      return new Set<End>([`next:${is}`]);
    case "await":
      return new Set<End>([`next:${is}`, `throw:${is}`]);
    case "cancel":
      return new Set(["next:closed"]);
    case "exit":
      return new Set();
    case "if":
      return new Set([...all(step.yes, is), ...all(step.no, is)]);
    case "while":
      return turns(step.body, is, "test", false);
    case "do":
      return turns(step.body, is, "body", false);
    case "for":
      return turns(step.body, is, "body", true);
    case "switch":
      return cases(step.cases, step.hasDefault, is);
    case "try":
      return guarded(step, is);
    default:
      return new Set<End>([`${step.kind}:${is}`]);
  }
}

const isLost = (program: readonly Step[]): boolean =>
  [...all(program, "open")].some((end) => /^(next|return|throw):open$/.test(end));

/** Programs in which `break` and `continue` stand only where they may. */
function programs(depth: number, inLoop: boolean, inSwitch: boolean): fc.Arbitrary<readonly Step[]> {
  const kinds: Step["kind"][] = ["call", "await", "cancel", "cancel", "return", "throw", "exit"];
  if (inLoop || inSwitch) kinds.push("break");
  if (inLoop) kinds.push("continue");
  const simple = fc.constantFrom(...kinds).map((kind) => ({ kind }) as Step);
  if (depth === 0) return fc.array(simple, { maxLength: 2 });
  const same = programs(depth - 1, inLoop, inSwitch);
  const looped = programs(depth - 1, true, false);
  const chosen = programs(depth - 1, inLoop, true);
  const step = fc.oneof(
    simple,
    fc.record({ kind: fc.constant("if" as const), yes: same, no: same }),
    fc.record({ kind: fc.constantFrom("while" as const, "do" as const, "for" as const), body: looped }),
    fc.record({
      kind: fc.constant("switch" as const),
      cases: fc.array(chosen, { minLength: 1, maxLength: 3 }),
      hasDefault: fc.boolean(),
    }),
    fc
      .record({
        kind: fc.constant("try" as const),
        body: same,
        handler: fc.option(same),
        last: fc.option(same),
      })
      .map((each) => (each.handler === null && each.last === null ? { ...each, last: [] } : each)),
  );
  return fc.array(step, { maxLength: 3 });
}

const PROGRAMS = 1_500;

describe("the walk over paths", () => {
  it("[LN-10] finds a lost context exactly where trying every path does", (t) => {
    const seed = (Math.random() * 2 ** 31) | 0;
    t.diagnostic(`seed ${seed}`);
    const samples = fc.sample(programs(3, false, false), { numRuns: PROGRAMS, seed });
    const lines = samples.map(
      (program, i) =>
        `async function f${i}(parent) { const ctx = parent.cancellable(); ${program.map(text).join(" ")} }`,
    );

    const lost = new Set(oxlint(lines.join("\n"), ["lost-cancel"]).map(({ line }) => line - 1));
    const wrong = samples.flatMap((program, i) => (isLost(program) === lost.has(i) ? [] : [lines[i]]));

    assert.deepEqual(wrong.toSorted((a, b) => a!.length - b!.length).slice(0, 3), []);
    assert.ok(
      lost.size > PROGRAMS / 20 && lost.size < (PROGRAMS * 19) / 20,
      `${lost.size} of ${PROGRAMS} are lost`,
    );
  });
});
