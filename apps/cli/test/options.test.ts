import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withHostAddress } from "../src/config-flags.ts";
import { refuseUnknownOptions, wholeNumber } from "../src/options.ts";

const ARGS = {
  file: { type: "positional" },
  port: { type: "string" },
  output: { type: "string", alias: "o" },
  demo: { type: "boolean" },
} as const;

const check = (...args: readonly string[]): void => refuseUnknownOptions(args, ARGS);
const refusal = (pattern: RegExp) => ({ code: "CLI_USAGE", message: pattern });

describe("options", () => {
  it("[CL-1] takes what is declared, in each spelling", () => {
    check("in.xml", "--port", "0", "--demo");
    check("--port=0", "--no-demo", "-o", "out.xml", "in.xml");
    check("--demo=false");
    check("-o", "-");
    check("--", "--odd-name");
  });

  it("[CL-1] refuses an unknown one and names the one that was meant", () => {
    assert.throws(() => check("--prot", "0"), refusal(/unknown option --prot; did you mean --port\?/));
    assert.throws(() => check("--wholly-other"), refusal(/^unknown option --wholly-other$/));
    assert.throws(() => check("--no-port"), refusal(/unknown option --no-port/));
    assert.throws(() => check("-x"), refusal(/unknown option -x/));
  });

  it("[CL-1] refuses a missing value, a surplus value and a surplus argument", () => {
    assert.throws(() => check("--port"), refusal(/--port needs a value/));
    assert.throws(() => check("--port="), refusal(/--port needs a value/));
    assert.throws(() => check("--port", "--demo"), refusal(/--port needs a value/));
    assert.throws(() => check("--demo=perhaps"), refusal(/--demo takes no value/));
    assert.throws(() => check("--no-demo=true"), refusal(/--no-demo takes no value/));
    assert.throws(() => check("a", "b"), refusal(/unexpected argument b/));
  });

  it("[CL-1] reads whole numbers in their range only", () => {
    const range = { min: 1, max: 10 };
    assert.equal(wholeNumber("n", "1", range), 1);
    assert.equal(wholeNumber("n", "10", range), 10);
    for (const text of ["0", "11", "1.5", "-1", "", "1e1", "x"]) {
      assert.throws(() => wholeNumber("n", text, range), refusal(/--n must be a whole number from 1 to 10/));
    }
  });

  it("[CL-32] gives a bare --host every address of the machine", () => {
    assert.deepEqual(withHostAddress(["--host", "--demo"]), ["--host=0.0.0.0", "--demo"]);
    assert.deepEqual(withHostAddress(["--host"]), ["--host=0.0.0.0"]);
    assert.deepEqual(withHostAddress(["--host", "10.0.0.1"]), ["--host", "10.0.0.1"]);
  });
});
