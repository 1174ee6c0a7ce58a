import { createLogUpdate } from "log-update";
import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { oneLine } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { changeLine } from "./progress.ts";
import type { Item, ProgressList } from "./progress.ts";

/** The seconds of a screen's list move on, ms. */
const REDRAW_MS = 250;

/** Where a list is watched: redrawn in place on a screen, elsewhere one line on stderr for each change. */
export interface ListView extends Disposable {
  changed(item: Item): void;
  /** A line of its own, above the list. */
  say(line: string): void;
  /** Draws until `ctx` is cancelled. */
  watch(list: ProgressList, ctx: Context): Promise<void>;
}

export function listView(terminal: Terminal): ListView {
  if (terminal.isInteractive) return onScreen(terminal);
  return {
    changed(item) {
      if (item.state !== "waits") terminal.err(changeLine(item));
    },
    say: (line) => terminal.err(line),
    watch: () => Promise.resolve(),
    [Symbol.dispose]: () => undefined,
  };
}

function onScreen(terminal: Terminal): ListView {
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
  let shown: ProgressList | undefined;
  const draw = (): void => {
    // A full last column would make some screens wrap.
    if (shown !== undefined)
      update(
        shown
          .lines(Math.max(1, terminal.columns - 1))
          .map(oneLine)
          .join("\n"),
      );
  };
  return {
    changed: draw,
    say(line) {
      update.clear();
      terminal.out(line);
      draw();
    },
    async watch(list, ctx) {
      shown = list;
      draw();
      try {
        using beat = new Ticker(REDRAW_MS, ctx);
        for await (const _ of beat) draw();
      } finally {
        draw();
        // What is written from here on comes below it.
        update.done();
        shown = undefined;
      }
    },
    [Symbol.dispose]: () => update.done(),
  };
}
