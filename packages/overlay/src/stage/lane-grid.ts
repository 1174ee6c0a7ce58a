import { type DanmakuMode, SIZE_NORMAL_PX } from "../item.ts";
import type { LaneCounts } from "../lanes/lane-allocator.ts";

/** The room the danmaku are drawn in, in CSS px. */
export interface StageSize {
  readonly width: number;
  readonly height: number;
}

/** The stage cut into lanes. Moving and top lanes count from the top edge, bottom lanes from the bottom edge. */
export interface LaneGrid {
  readonly size: StageSize;
  readonly laneHeight: number;
  readonly counts: LaneCounts;
}

/** Height of a line in font sizes: Latin descenders and the outline stay inside, and lines keep a little air. */
const LINE_HEIGHT_EM = 1.25;

const NO_LANES: LaneCounts = { moving: 0, top: 0, bottom: 0, rows: 0 };

/** The font a danmaku of `size` is drawn in, in whole px so that equal texts share one bitmap. */
export function fontOf(size: number, scale: number): number {
  return Math.round(size * scale);
}

export function lineHeight(fontPx: number): number {
  return Math.ceil(fontPx * LINE_HEIGHT_EM);
}

/** The largest font whose line fits into `height`. */
export function fontFor(height: number): number {
  return Math.floor(height / LINE_HEIGHT_EM);
}

/** A lane takes one danmaku of normal size; larger ones take several. Top and bottom lanes share out the height. */
export function laneGrid(size: StageSize, scale: number, area: number): LaneGrid {
  const laneHeight = lineHeight(fontOf(SIZE_NORMAL_PX, scale));
  if (size.width <= 0 || size.height <= 0) return { size, laneHeight, counts: NO_LANES };
  const total = Math.max(1, Math.floor(size.height / laneHeight));
  const inArea = Math.max(1, Math.floor((size.height * area) / laneHeight));
  const moving = Math.min(total, inArea);
  return {
    size,
    laneHeight,
    counts: {
      moving,
      top: Math.min(inArea, Math.ceil(total / 2)),
      bottom: Math.min(inArea, Math.floor(total / 2)),
      rows: size.height / laneHeight,
    },
  };
}

export function lanesOf(grid: LaneGrid, mode: DanmakuMode): number {
  if (mode === "top" || mode === "bottom") return grid.counts[mode];
  return grid.counts.moving;
}
