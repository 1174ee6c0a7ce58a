import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPORTER = new URL("outcome-reporter.mjs", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Runs each test under `assertNoLeaks`. */
const WATCH = new URL("../../packages/testkit/src/every-file.ts", import.meta.url).href;
const OUTPUT_LIMIT_CHARS = 60_000; // the end of what a failing file printed is what helps

/** One finished test, as outcome-reporter.mjs writes it. */
export interface Outcome {
  readonly outcome: "passed" | "failed" | "skipped";
  readonly name: string;
  /** Names of the suites that it is in, the outermost first. */
  readonly suites: readonly string[];
  readonly place: string;
  readonly reason?: string;
  readonly error?: string;
}

/** What came of one test file. `complaint` is a failure of the file itself: a crash, a hang, no tests. */
export interface FileResult {
  readonly file: string;
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
  readonly output: string;
  readonly complaint: string | undefined;
}

/**
 * Runs one test file in a process group of its own and ends the whole group when `limitMs` passes or `signal` aborts,
 * so that neither a hanging test nor a server it started outlives the run. `only`: a pattern that the names of tests,
 * with those of their suites before them, match.
 */
export async function runFile(
  file: string,
  limitMs: number,
  signal: AbortSignal,
  only?: string,
): Promise<FileResult> {
  const startedAt = performance.now();
  const results = join(tmpdir(), `barrage-test-${process.pid}-${file.replaceAll(/\W+/g, "-")}.jsonl`);
  const reporter = ["--test-reporter", REPORTER, "--test-reporter-destination", results];
  const filter = only === undefined ? [] : [`--test-name-pattern=${only}`];
  const child = spawn(process.execPath, ["--import", WATCH, ...filter, ...reporter, file], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-OUTPUT_LIMIT_CHARS);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);

  const limit = AbortSignal.timeout(limitMs);
  // oxlint-disable-next-line barrage/no-abort-signal-any -- both end with this script, so nothing can pile up on one
  const end = AbortSignal.any([limit, signal]);
  const endGroup = (): void => killGroup(child.pid);
  end.addEventListener("abort", endGroup, { once: true });
  const exit = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, name) => resolve(name ?? String(code)));
  });
  end.removeEventListener("abort", endGroup);
  endGroup(); // whatever the tests left running

  const outcomes = takeOutcomes(results);
  return {
    file,
    seconds: (performance.now() - startedAt) / 1_000,
    outcomes,
    output,
    complaint: limit.aborted ? `still running after ${limitMs / 1_000} s` : complaintAbout(exit, outcomes),
  };
}

function complaintAbout(exit: string, outcomes: readonly Outcome[]): string | undefined {
  const hasFailures = outcomes.some((each) => each.outcome === "failed");
  if (exit !== "0" && !hasFailures) return `the file ended with ${exit}`;
  return outcomes.length === 0 ? "the file has no test" : undefined;
}

function takeOutcomes(path: string): Outcome[] {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return []; // the file crashed before its first test
  }
  rmSync(path);
  const lines = text.split("\n").filter((line) => line.endsWith("}"));
  // oxlint-disable-next-line barrage/as-on-foreign-data -- written by our own reporter in the same run
  return lines.map((line) => JSON.parse(line) as Outcome);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: nothing was left running
  }
}
