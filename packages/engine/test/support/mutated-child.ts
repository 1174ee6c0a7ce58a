import assert from "node:assert/strict";
import { spawn } from "node:child_process";

/** What a run of a harness on a mutated engine came to. */
export interface Found {
  /** Texts that were replaced. */
  readonly edits: number;
  /** The first seed that broke a promise; absent where none did. */
  readonly seed?: number;
  readonly violations?: readonly string[];
}

/** Runs `file` in a process of its own, which prints what it found as its last line. */
export async function runMutated(file: string, index: number, seeds: number): Promise<Found> {
  const child = spawn(process.execPath, [file, String(index), String(seeds)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Found;
}
