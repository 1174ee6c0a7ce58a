import type { Mode } from "@barrage/protocol";
import type { Random } from "./random.ts";

/** How one danmaku of the crowd looks. */
export interface Look {
  readonly mode: Mode;
  readonly color: number;
  readonly size: number;
}

const COLORS = [0xff7aa2, 0xffd166, 0x8be28b, 0x7ad7ff, 0xc9a6ff, 0xff9f59] as const;

/** Mostly white and scrolling, as in a real room. */
export function look(random: Random): Look {
  const where = random.unit();
  const mode = where < 0.84 ? "scroll" : where < 0.92 ? "top" : where < 0.98 ? "bottom" : "reverse";
  const color = random.unit() < 0.22 ? random.pick(COLORS) : 0xffffff;
  const size = random.unit() < 0.05 ? 36 : random.unit() < 0.08 ? 18 : 25;
  return { mode, color, size };
}
