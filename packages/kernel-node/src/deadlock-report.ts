import { dispose } from "@barrage/kernel";
import { dumpTasks } from "@barrage/kernel/diagnostics";
import { groupLines } from "./pages/task-page.ts";

/** `write` gets the report; `exitCode` is the process's from then on, unless it has one already. */
export interface DeadlockReportOptions {
  readonly write?: (text: string) => void;
  readonly exitCode?: number;
}

// The exit status of a Go program that ends this way.
const EXIT_CODE = 2;

/**
 * Reports tasks that are still alive when the event loop has nothing left to do: no timer, no socket, no thread can
 * wake them, so all of them are asleep for good. Watchers that keep no process alive do not count.
 */
export function deadlockReport(options: DeadlockReportOptions = {}): Disposable {
  const { write = (text) => void process.stderr.write(text), exitCode = EXIT_CODE } = options;
  const report = (): void => {
    const asleep = [...dumpTasks()].filter(({ idle }) => !idle);
    if (asleep.length === 0) return;
    write(`fatal: all tasks are asleep - deadlock!\n\n${groupLines().join("\n")}\n`);
    process.exitCode ??= exitCode;
  };
  process.on("beforeExit", report);
  return {
    [dispose]() {
      process.off("beforeExit", report);
    },
  };
}
