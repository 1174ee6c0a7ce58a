import type { LoadReport, Phase, TimelineSecond } from "@barrage/load";
import { screenOf } from "../screen.ts";
import { oneLine } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { frame, plainLine } from "./frame.ts";
import type { RunProgress } from "./progress.ts";

/** Where a run is watched. */
export interface RunView {
  phase(phase: Phase): void;
  connecting(connections: number): void;
  second(second: TimelineSecond): void;
  end(report: LoadReport): void;
  /** The run did not come to an end: nothing more is drawn. */
  close(): void;
}

/** Redrawn in place on a screen, one line a second elsewhere, nothing where nobody wants to watch. */
export function runView(progress: RunProgress, terminal: Terminal, isQuiet: boolean): RunView {
  const draw = isQuiet
    ? { progressed: () => {}, close: () => {} }
    : terminal.isInteractive
      ? screen(progress, terminal)
      : log(progress, terminal);
  return {
    phase(phase) {
      progress.phase = phase;
      draw.progressed(false);
    },
    connecting(connections) {
      progress.connections = connections;
      draw.progressed(progress.phase === "connecting");
    },
    second(second) {
      draw.progressed(progress.second(second));
    },
    end(report) {
      progress.end(report);
      draw.progressed(false);
      draw.close();
    },
    close: () => draw.close(),
  };
}

interface Drawing {
  /** `isNews`: is it a second of its own, and not only a new state? */
  progressed(isNews: boolean): void;
  close(): void;
}

function screen(progress: RunProgress, terminal: Terminal): Drawing {
  const drawn = screenOf(terminal);
  return {
    progressed: () => drawn.draw((columns) => frame(progress, columns)),
    close: () => drawn.done(),
  };
}

function log(progress: RunProgress, terminal: Terminal): Drawing {
  return {
    progressed(isNews) {
      if (isNews) terminal.out(oneLine(plainLine(progress)));
    },
    close: () => {},
  };
}
