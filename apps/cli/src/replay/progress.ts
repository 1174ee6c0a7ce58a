import type { Context } from "@barrage/kernel";
import { Ticker } from "@barrage/kernel";
import type { Terminal } from "../terminal.ts";
import type { Tally } from "./tally.ts";

/** A person sees a moving bar at this rate, ms; a log file gets a line every so often, ms. */
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_CELLS_MAX = 30;

const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** One line that says how far a replay is. */
export function progressLine(tally: Tally, elapsedMs: number, columns: number): string {
  const share = tally.total === 0 ? 1 : tally.sent / tally.total;
  const counts = `${tally.sent}/${tally.total}  ${clock(elapsedMs)}${tally.retries > 0 ? `  retries ${tally.retries}` : ""}${
    tally.lost > 0 ? `  lost ${tally.lost}` : ""
  }`;
  const cells = Math.min(BAR_CELLS_MAX, columns - counts.length - 10);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  if (cells < 5) return `${percent}  ${counts}`;
  const full = Math.round(share * cells);
  return `${"#".repeat(full)}${"-".repeat(cells - full)} ${percent}  ${counts}`;
}

/** Shows the tally until `ctx` is cancelled: redrawn in place on a screen, as plain lines elsewhere. */
export async function showProgress(tally: Tally, terminal: Terminal, ctx: Context): Promise<void> {
  const startedAt = ctx.clock.now();
  const draw = (): void => {
    const line = progressLine(tally, ctx.clock.now() - startedAt, terminal.columns);
    if (terminal.isInteractive) terminal.raw(`\r\u001b[K${line}`);
    else terminal.out(line);
  };
  try {
    using beat = new Ticker(terminal.isInteractive ? BAR_EVERY_MS : LINE_EVERY_MS, ctx);
    for await (const _ of beat) draw();
  } finally {
    draw();
    if (terminal.isInteractive) terminal.raw("\n");
  }
}
