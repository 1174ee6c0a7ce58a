import { execFile } from "node:child_process";

export interface Ended {
  /** What it printed, line by line. */
  readonly lines: readonly string[];
  readonly errors: string;
}

// A program that ends by itself does so in tenths of a second (ms); more is a hang that must be seen.
const CHILD_LIMIT_MS = 10_000;

/** Runs a file to the end of its process, however that comes. */
export function child(file: string, ...flags: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, file], { timeout: CHILD_LIMIT_MS }, (_, stdout, stderr) => {
      resolve({ lines: stdout.split("\n").filter((line) => line !== ""), errors: stderr });
    });
  });
}
