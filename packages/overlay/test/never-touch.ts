/** One danmaku's stay, in first principles: where it entered, how fast it goes, which band of the stage it fills. */
export interface Stay {
  readonly id: string;
  /** "moving", "top" or "bottom": only stays of one group can be in each other's way. */
  readonly group: string;
  readonly direction: "scroll" | "reverse" | "still";
  readonly bandFrom: number;
  readonly bandTo: number;
  readonly width: number;
  readonly speed: number;
  readonly enterAt: number;
  /** Moment it left or was taken off. */
  readonly until: number;
  readonly enterWidth: number;
}

/** The stage is `width` wide from `at` on. */
export interface WidthChange {
  readonly at: number;
  readonly width: number;
}

const EPSILON_PX = 1e-6;

/**
 * The first pair that touches at any time, or null.
 *
 * Between two changes of the stage's width all positions are linear in time, so a pair that is apart, in the same
 * order, at both ends of such a piece is apart in all of it.
 */
export function findTouch(stays: readonly Stay[], widths: readonly WidthChange[]): string | null {
  for (const [index, a] of stays.entries()) {
    for (const b of stays.slice(index + 1)) {
      if (a.group !== b.group || a.bandFrom >= b.bandTo || b.bandFrom >= a.bandTo) continue;
      const touch = touchOf(a, b, widths);
      if (touch !== null) return touch;
    }
  }
  return null;
}

function touchOf(a: Stay, b: Stay, widths: readonly WidthChange[]): string | null {
  const from = Math.max(a.enterAt, b.enterAt);
  const to = Math.min(a.until, b.until);
  if (to - from <= EPSILON_PX) return null;
  const told = `${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  if (a.direction === "still") return `still ones together: ${told}`;
  if (a.direction !== b.direction) return `opposite directions together: ${told}`;
  for (const [index, { at, width }] of widths.entries()) {
    const pieceFrom = Math.max(from, at);
    const pieceTo = Math.min(to, widths[index + 1]?.at ?? to);
    if (pieceFrom > pieceTo) continue;
    const orders = [pieceFrom, pieceTo].map((t) => order(a, b, t, width));
    if (orders.includes(0) || orders[0] !== orders[1]) return `at ${pieceFrom} to ${pieceTo}: ${told}`;
  }
  return null;
}

/** -1: a is left of b; 1: right of it; 0: they overlap. */
function order(a: Stay, b: Stay, t: number, stageWidth: number): -1 | 0 | 1 {
  const leftA = left(a, t, stageWidth);
  const leftB = left(b, t, stageWidth);
  if (leftA + a.width <= leftB + EPSILON_PX) return -1;
  if (leftB + b.width <= leftA + EPSILON_PX) return 1;
  return 0;
}

function left(stay: Stay, t: number, stageWidth: number): number {
  const travelled = stay.speed * (t - stay.enterAt);
  if (stay.direction === "scroll") return stay.enterWidth - travelled;
  return travelled - stay.width + (stageWidth - stay.enterWidth);
}
