/**
 * Loaded before every test file (`--import`): fails the file when tasks of the kernel outlive its last test.
 * The kernel's own tests, which park tasks on purpose, are run without it.
 */
import { after } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { liveTasks } from "@barrage/kernel";

/** Turns of the event loop that the last tasks have to end: closing goes through sockets and threads. */
const TURNS = 200;

// Threads and forked processes inherit `--import`, and a hook would start a second test run there, into the same
// report: only the process that was started for a test file has one.
const script = process.argv[1];
const isTestFile = isMainThread && (script === undefined || script.endsWith(".test.ts"));

if (isTestFile) after(noTaskLeft);

async function noTaskLeft(): Promise<void> {
  for (let i = 0; i < TURNS && liveTasks().length > 0; i++) await turn();
  const left = liveTasks().map(({ name, scope, waiting }) => `${scope}/${name} (${waiting ?? "running"})`);
  if (left.length === 0) return;
  // A failed hook of the root is told by the reporter, and leaves the exit code as it was.
  process.exitCode = 1;
  throw new Error(`tasks outlived the tests of this file: ${left.join(", ")}`);
}
