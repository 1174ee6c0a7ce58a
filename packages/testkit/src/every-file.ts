/**
 * Loaded before every test file (`--import`): runs each test under `assertNoLeaks`, and fails the file when what its
 * fixtures began outlives its last test.
 */
import { isMainThread } from "node:worker_threads";

// Threads and forked processes inherit `--import`, and a hook would start a second test run there, into the same
// report: only the process that was started for a test file has one. The others load nothing more: how soon a thread
// is up is what some tests are about.
const script = process.argv[1];
const isTestFile = isMainThread && (script === undefined || script.endsWith(".test.ts"));

if (isTestFile) {
  const { watchEveryTest } = await import("./watched-test.ts");
  watchEveryTest();
}
