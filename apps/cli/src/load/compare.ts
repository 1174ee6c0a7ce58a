import { readFileSync } from "node:fs";
import { compareLines, compareReports, parseReport, RATIO_STANDARD } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { oneLine } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

export interface CompareRequest {
  readonly a: string | undefined;
  readonly b: string | undefined;
  /** A ratio, as typed; absent: nothing fails. */
  readonly failAbove: string | undefined;
}

function ratioOf(text: string): number {
  const ratio = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && ratio >= 1) return ratio;
  throw usageError(`--fail-above must be a ratio of 1 or more, like 1.2, not ${text}`);
}

function read(file: string | undefined): LoadReport {
  if (file === undefined) throw usageError("barrage load compare needs two reports: A.json B.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw cliError("CLI_FILE_UNREADABLE", { file, reason: reasonOf(error) }, error);
  }
  return parseReport(text, file);
}

/** `barrage load compare`: prints both reports beside each other; resolves to the exit code. */
export function compareCommand({ a, b, failAbove }: CompareRequest, terminal: Terminal): number {
  const limit = failAbove === undefined ? RATIO_STANDARD : ratioOf(failAbove);
  const comparison = compareReports(read(a), read(b), limit);
  for (const line of compareLines(comparison)) terminal.out(oneLine(line));
  const isWorse = comparison.rows.some(({ change }) => change === "worse");
  return failAbove !== undefined && isWorse ? EXIT.FAILED : EXIT.DONE;
}
