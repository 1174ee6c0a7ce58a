import { runFile, type FileResult } from "./run-file.ts";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Group {
  readonly files: readonly string[];
  readonly concurrency: number;
  readonly fileLimitMs: number;
}

/** Runs the files of a group, some beside each other, and prints a line a file, and each failure in full. */
export async function runFiles(group: Group, signal: AbortSignal): Promise<Totals> {
  const waiting = group.files.toReversed();
  let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const work = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined && !signal.aborted; file = waiting.pop()) {
      const result = await runFile(file, group.fileLimitMs, signal);
      totals = add(totals, print(result));
    }
  };
  await Promise.all(Array.from({ length: group.concurrency }, work));
  return totals;
}

export const add = (a: Totals, b: Totals): Totals => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

function print(result: FileResult): Totals {
  const of = (outcome: string) => result.outcomes.filter((each) => each.outcome === outcome);
  const failed = of("failed");
  const skipped = of("skipped");
  const passed = of("passed").length;
  const isGood = failed.length === 0 && result.complaint === undefined;

  const lines = [
    `${isGood ? "ok    " : "FAILED"}  ${result.file}  (${passed} passed, ${result.seconds.toFixed(1)} s)`,
    ...failed.flatMap((each) => [`    ${each.name} (line ${each.place})`, indent(each.error ?? "")]),
  ];
  if (result.complaint !== undefined) lines.push(`    ${result.complaint}`);
  if (!isGood && result.output.trim() !== "") lines.push("    it printed:", indent(result.output.trim()));
  const reasons = new Set(skipped.map((each) => each.reason ?? "no reason given"));
  for (const reason of reasons) lines.push(`skipped ${result.file}: ${reason}`);
  console.log(lines.join("\n"));

  return {
    passed,
    failed: failed.length + (result.complaint === undefined ? 0 : 1),
    skipped: skipped.length,
  };
}

const indent = (text: string): string => text.replaceAll(/^/gm, "      ");
