import { writeSync } from "node:fs";

const STDERR = 2;

/** One line of a process that ends at this moment, written before it is left; whoever would read it may be gone too. */
export function sayLast(line: string, fd = STDERR): void {
  try {
    writeSync(fd, `barrage: ${line}\n`);
  } catch {
    // Nobody reads it, or has room for it: the end does not wait for them.
  }
}
