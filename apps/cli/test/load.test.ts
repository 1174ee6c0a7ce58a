import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROTOCOLS } from "@barrage/load";
import { runCommand } from "./support/run-command.ts";
import type { Told } from "./support/run-command.ts";

const load = (...args: string[]): Promise<Told> => runCommand(["load", ...args]);

describe("barrage load", () => {
  it("[LD-24] refuses options that are none with code 2 and one line", async () => {
    for (const args of [
      ["live-room", "--duration", "soon"],
      ["live-room", "--rate", "0"],
      ["live-room", "--url", "ftp://127.0.0.1"],
      ["live-room", "surplus"],
      ["live-room", "--threshold", "p99"],
      ["live-room", "--threshold", "p98<5"],
      ["live-room", "--stop-when", "lost>1"],
      ["live-room", "--stages", "jump 3s"],
      ["live-room", "--stages", "hold 3s 5", "--rate", "5"],
      ["live-room", "--stages", "hold 3s 5", "--arrivals", "a.xml"],
      ["live-room", "--speed", "2"],
      ["live-room", "--publish", "pigeon"],
      ["live-room", "--popularity", "fame"],
      ["live-room", "--rooms", "0"],
      ["live-room", "--heartbeat", "never"],
      ["live-room", "--server-pid", "me"],
      ["live-room", "--metrics", "nowhere"],
      ["compare"],
    ]) {
      const { code, out, err } = await load(...args);

      assert.deepEqual([code, out.length, err.length], [2, 0, 1], args.join(" "));
    }
  });

  it("[LD-24] ends with code 1 where the run cannot begin", async () => {
    for (const args of [
      ["no-such-scenario"],
      ["missing.yaml"],
      ["live-room", "--arrivals", "missing.xml"],
      ["live-room", "--protocol", "plain-json", "--publish", "http"],
      // Port 9 is discard: nobody listens there.
      ["live-room", "--url", "http://127.0.0.1:9", "--viewers", "1"],
      ["compare", "missing-a.json", "missing-b.json"],
    ]) {
      const { code, err } = await load(...args);

      assert.deepEqual([code, err.length], [1, 1], args.join(" "));
    }
  });

  it("[LD-89] names every protocol in its help", async () => {
    const { out } = await load("--help");

    const help = out.join("\n").replaceAll(/\s+/g, " ");
    assert.ok(help.includes(`${PROTOCOLS.join(", ")} (default barrage)`), help);
  });

  it("[LD-43] tells what each option of a run stands at when it is not given", async () => {
    const { code, out } = await load("--help");

    const lines = out.join("\n").split("\n");
    const options = lines.filter((line) => /^ +--[a-z-]+=</.test(line));
    const ofOthers = /--(?:report|json|listen|controller|source-addresses|fail-above)=/;
    assert.deepEqual(
      options.filter((line) => !ofOthers.test(line) && !/default/.test(line)),
      [],
    );
    assert.ok(options.length > 25 && code === 0);
    for (const words of [
      "SCENARIOS",
      "reconnect-storm ",
      "MEASURES",
      "EXAMPLES",
      "barrage load ./evening.yaml",
    ])
      assert.ok(
        lines.some((line) => line.trimStart().startsWith(words)),
        words,
      );
  });
});
