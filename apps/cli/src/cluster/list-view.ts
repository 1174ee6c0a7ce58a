import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { screenOf } from "../screen.ts";
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
  const screen = screenOf(terminal);
  let shown: ProgressList | undefined;
  const draw = (): void => {
    const list = shown;
    if (list !== undefined) screen.draw((columns) => list.lines(columns));
  };
  return {
    changed: draw,
    say(line) {
      screen.clear();
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
        screen.done();
        shown = undefined;
      }
    },
    [Symbol.dispose]: () => screen.done(),
  };
}
