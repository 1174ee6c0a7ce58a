import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { liveTaskCount, Scope } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { hasEnded } from "../support/waiting.ts";
import { PowerSeries, type Series } from "./power-series.ts";
import { neg, ONE, rational, show, ZERO } from "./rational.ts";

const it = from("go test/chan/powser1.go");

/** The first coefficients of a series, computed with nothing but meetings, after which no task is left. */
async function coefficients(count: number, make: (p: PowerSeries) => Series): Promise<string> {
  const before = liveTaskCount();
  const scope = new Scope(undefined, { name: "series" });
  const p = new PowerSeries(scope);
  const values = p.take(make(p), count);
  // A rendezvous that goes wrong leaves all of them waiting for each other.
  for (let turns = 0; turns < 100 && !(await hasEnded(values)); turns++);
  assert.ok(await hasEnded(values), "the tasks wait for each other");
  await scope[Symbol.asyncDispose]();
  assert.equal(liveTaskCount(), before);
  return (await values).map(show).join(" ");
}

const ones = (p: PowerSeries): Series => p.repeat(ONE);
const twos = (p: PowerSeries): Series => p.repeat(rational(2));

it("Ones", "[KN-41] a series of ones is asked for one by one", async () => {
  assert.equal(await coefficients(5, ones), "1 1 1 1 1");
});

it("Add Ones Ones", "[KN-41] a sum asks both series", async () => {
  assert.equal(await coefficients(10, (p) => p.add(ones(p), ones(p))), "2 2 2 2 2 2 2 2 2 2");
});

it("Add Ones Twos", "[KN-41] a sum of ones and twos is threes", async () => {
  assert.equal(await coefficients(10, (p) => p.add(ones(p), twos(p))), "3 3 3 3 3 3 3 3 3 3");
});

it("Diff", "[KN-41] the derivative of ones counts", async () => {
  assert.equal(await coefficients(10, (p) => p.diff(ones(p))), "1 2 3 4 5 6 7 8 9 10");
});

it("Integ", "[KN-41] the integral of ones is harmonic", async () => {
  assert.equal(
    await coefficients(10, (p) => p.integral(ZERO, ones(p))),
    "0 1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9",
  );
});

it("CMul", "[KN-41] minus one times twos is minus twos", async () => {
  assert.equal(await coefficients(10, (p) => p.scale(neg(ONE), twos(p))), Array(10).fill("-2").join(" "));
});

it("Sub Ones Twos", "[KN-41] ones without twos is minus ones", async () => {
  assert.equal(await coefficients(10, (p) => p.sub(ones(p), twos(p))), Array(10).fill("-1").join(" "));
});

it("Mul", "[KN-80] ones times ones counts", async () => {
  assert.equal(await coefficients(10, (p) => p.mul(ones(p), ones(p))), "1 2 3 4 5 6 7 8 9 10");
});

it("Exp", "[KN-80] a series that feeds on itself has the exact coefficients", async () => {
  assert.equal(
    await coefficients(10, (p) => p.exp(ones(p))),
    "1 1 3/2 13/6 73/24 167/40 4051/720 37633/5040 43817/4480 4596553/362880",
  );
});

it("ATan", "[KN-41] the integral of ones at -x² is the arc tangent", async () => {
  assert.equal(
    await coefficients(10, (p) => p.integral(ZERO, p.substitute(ones(p), neg(ONE), 2))),
    "0 1 0 -1/3 0 1/5 0 -1/7 0 1/9",
  );
});

/** Go's own program, where a Go installation brought it along. */
function original(): string | undefined {
  const asked = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8" });
  const path = asked.status === 0 ? join(asked.stdout.trim(), "test/chan/powser1.go") : "";
  return existsSync(path) ? path : undefined;
}

const printed: Readonly<Record<string, (p: PowerSeries) => Series>> = {
  Ones: ones,
  Twos: twos,
  Add: (p) => p.add(ones(p), twos(p)),
  Diff: (p) => p.diff(ones(p)),
  Integ: (p) => p.integral(ZERO, ones(p)),
  CMul: (p) => p.scale(neg(ONE), ones(p)),
  Sub: (p) => p.sub(ones(p), twos(p)),
  Mul: (p) => p.mul(ones(p), ones(p)),
  Exp: (p) => p.exp(ones(p)),
  MonSubst: (p) => p.substitute(ones(p), neg(ONE), 2),
  ATan: (p) => p.integral(ZERO, p.substitute(ones(p), neg(ONE), 2)),
};

it("Exp", "[KN-41] the original, where Go is installed, prints the same series", async (t) => {
  const path = original();
  if (path === undefined) return t.skip("no Go with its test folder is installed");
  const { stderr } = spawnSync("go", ["run", path, "print"], { encoding: "utf8" });
  const series = [...stderr.matchAll(/^(\w+): (.+?) *$/gm)];
  assert.equal(series.length, Object.keys(printed).length);
  for (const [, name = "", values = ""] of series) {
    const make = printed[name] ?? assert.fail(`unknown series ${name}`);
    assert.equal(await coefficients(values.split(" ").length, make), values, name);
  }
});
