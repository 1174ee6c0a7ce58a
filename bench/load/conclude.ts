import { writeFileSync } from "node:fs";

/**
 * Ends a benchmark: says what failed, with exit code 1 too, and writes the whole result as JSON where that was asked for.
 */
export function conclude(faults: readonly string[], result: object, file: string | undefined): void {
  console.log(faults.length === 0 ? "all checks hold" : `FAILED: ${faults.join("; ")}`);
  if (faults.length > 0) process.exitCode = 1;
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ ...result, faults }, undefined, 2)}\n`);
}
