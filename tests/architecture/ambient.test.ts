import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, files } from "./tree.ts";

/** What reaches around the parameters of a function: the process, the terminal, the clock, the event loop. */
const AMBIENT: Readonly<Record<string, RegExp>> = {
  "process.env": /\bprocess\.env\b/,
  "process.argv": /\bprocess\.argv\b/,
  "process.on": /\bprocess\.(on|once|addListener)\(/,
  console: /\bconsole\.\w/,
  "Date.now": /\bDate\.now\b|\bnew Date\(\)/,
  timers: /(?<![.\w])(setTimeout|setInterval|setImmediate)\s*\(/,
};

/** The only places where each may stand, and why. */
const ALLOWED: readonly { readonly path: string; readonly what: string; readonly why: string }[] = [
  {
    path: "packages/kernel/src/time/clock.ts",
    what: "Date.now",
    why: "the one clock that all others are given",
  },
  {
    path: "packages/kernel/src/time/clock.ts",
    what: "timers",
    why: "the one clock that all others are given",
  },
  { path: "packages/kernel/src/globals.d.ts", what: "timers", why: "declares what the kernel may use" },
  {
    path: "packages/kernel-node/src/deadlock-report.ts",
    what: "process.on",
    why: "only the process says when the event loop has nothing left to do",
  },
  {
    path: "packages/testkit/src/clock/fake-clock.ts",
    what: "timers",
    why: "lets real callbacks run between fake ticks",
  },
  {
    path: "packages/testkit/src/every-file.ts",
    what: "process.argv",
    why: "only the process that was started for a test file may hook into the test run",
  },
  {
    path: "packages/testkit/src/servers/programs.ts",
    what: "process.env",
    why: "the servers that tests start are found by it, as a shell finds them",
  },
  {
    path: "packages/testkit/src/require.ts",
    what: "process.env",
    why: "CI says by environment that nothing may be skipped",
  },
];

const isAllowed = (path: string, what: string): boolean =>
  ALLOWED.some((place) => place.path === path && place.what === what);

const sources = files("packages/*/src/**/*.{ts,tsx}");

describe("ambient state", () => {
  for (const [what, pattern] of Object.entries(AMBIENT)) {
    it(`[AR-11] ${what} appears in packages only where it is listed`, () => {
      const wrong = sources.filter((path) => pattern.test(codeOf(path)) && !isAllowed(path, what));

      assert.deepEqual(wrong, []);
    });
  }

  it("[AR-12] no listed place is out of date", () => {
    const stale = ALLOWED.filter(
      ({ path, what }) => !sources.includes(path) || !AMBIENT[what]!.test(codeOf(path)),
    );

    assert.deepEqual(stale, []);
  });
});
