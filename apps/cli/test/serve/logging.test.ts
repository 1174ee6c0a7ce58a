import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../support/logging-process.ts", import.meta.url));

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly i?: number;
  readonly lines?: number;
  readonly err?: { readonly message: string };
}

test("[CL-34] [CL-35] a process whose log nobody reads goes on, tells what was lost, and last why it ends", async () => {
  const child = fork(PROGRAM, [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const { stderr } = child;
  assert.ok(stderr !== null);
  const ended = once(child, "close");
  // Nothing has been read so far: that it comes here is the point.
  const [logged] = (await once(child, "message")) as [number];
  const text: string[] = [];
  stderr.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
  child.send("end");
  const [code] = (await ended) as [number | null];

  assert.equal(code, 1);
  const lines = text
    .join("")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const read = lines.filter(({ i }) => i !== undefined).length;
  const lost = lines.reduce((sum, line) => sum + (line.lines ?? 0), 0);
  assert.ok(lost > 0, "the pipe took everything");
  assert.equal(read + lost, logged);
  const last = lines.findLast(({ level }) => level === "fatal");
  assert.equal(last?.err?.message, "the one that nobody has caught");
});
