import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { run } from "../src/index.ts";

async function load(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    raw: () => {},
    isInteractive: false,
    columns: 80,
  };
  const code = await run(["load", ...args], { terminal, env: {}, ctx: background });
  return { code, out, err };
}

describe("barrage load", () => {
  it("[LD-24] refuses options that are none with code 2 and one line", async () => {
    for (const args of [
      ["live-room", "--duration", "soon"],
      ["live-room", "--rate", "0"],
      ["live-room", "--url", "ftp://127.0.0.1"],
      ["live-room", "surplus"],
      ["compare"],
    ]) {
      const { code, out, err } = await load(...args);

      assert.deepEqual([code, out.length, err.length], [2, 0, 1], args.join(" "));
    }
  });

  it("[LD-24] ends with code 1 where the run cannot begin", async () => {
    for (const args of [
      ["no-such-scenario"],
      ["live-room", "--threshold", "p99"],
      // Port 9 is discard: nobody listens there.
      ["live-room", "--url", "http://127.0.0.1:9", "--viewers", "1"],
      ["compare", "missing-a.json", "missing-b.json"],
    ]) {
      const { code, err } = await load(...args);

      assert.deepEqual([code, err.length], [1, 1], args.join(" "));
    }
  });
});
