import { createLogUpdate } from "log-update";
import { oneLine } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Lines that are drawn over the ones before, at the end of what was printed. */
export interface Screen {
  /** `lines` makes them, none longer than so many columns. */
  draw(lines: (columns: number) => readonly string[]): void;
  /** Takes them away, so that something can be printed in their place. */
  clear(): void;
  /** They stay; what is printed from here on comes below. */
  done(): void;
}

/** Only for a terminal that is interactive. */
export function screenOf(terminal: Terminal): Screen {
  const stream = {
    write: (text: string) => terminal.raw(text),
    isTTY: true,
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
  };
  // The library asks for no more of a stream. The cursor stays: a process that is killed could not bring it back.
  const update = createLogUpdate(stream as unknown as NodeJS.WritableStream, { showCursor: true });
  return {
    // A full last column would make some screens wrap.
    draw: (lines) =>
      update(
        lines(Math.max(1, terminal.columns - 1))
          .map(oneLine)
          .join("\n"),
      ),
    clear: () => update.clear(),
    done: () => update.done(),
  };
}
