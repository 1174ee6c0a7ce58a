import type { DanmakuMode, OverlayItem } from "../item.ts";
import { isMoving, type LaneRequest, type LaneTenant } from "../lanes/lane-allocator.ts";
import type { StageSize } from "./lane-grid.ts";

/** What is painted: one text in one look. Equal looks share one bitmap. */
export interface Look {
  readonly label: string;
  readonly fontPx: number;
  readonly color: number;
  readonly own: boolean;
  /** CSS px of its box, padding included. */
  readonly width: number;
  readonly height: number;
}

/** A danmaku that has its lanes. Only `entered` changes: everything else about it is a function of stage time. */
export interface Placed<T extends OverlayItem = OverlayItem> {
  readonly item: T;
  readonly look: Look;
  /** The mode it is shown in, which is not the item's when nothing may move. */
  readonly mode: DanmakuMode;
  readonly request: LaneRequest;
  /** CSS px between its box and the edge its lanes count from. */
  readonly offset: number;
  readonly enterAt: number;
  readonly leaveAt: number;
  readonly enterWidth: number;
  /** Stage ms of its fading in and, again, out; 0 for none. */
  readonly fadeMs: number;
  entered: boolean;
}

/**
 * Left edge of its box at stage time `t`.
 *
 * Moving danmaku are anchored at the edge they leave by, so that a resize changes nobody's moment of leaving; the
 * reverse direction is the mirror image of the other.
 */
export function leftOf(placed: Placed, t: number, size: StageSize): number {
  const { request, look } = placed;
  if (!isMoving(request)) return (size.width - look.width) / 2;
  const toExit = placed.enterWidth - request.speed * (t - placed.enterAt);
  return request.mode === "scroll" ? toExit : size.width - toExit - look.width;
}

/** Upper edge of its box. */
export function topOf(placed: Placed, size: StageSize): number {
  return placed.mode === "bottom" ? size.height - placed.offset - placed.look.height : placed.offset;
}

/** How visible it is at `t`, 0 to 1; below 1 only at both ends of a fading one. */
export function alphaOf(placed: Placed, t: number): number {
  if (placed.fadeMs === 0) return 1;
  return Math.max(0, Math.min(1, (t - placed.enterAt) / placed.fadeMs, (placed.leaveAt - t) / placed.fadeMs));
}

/** Its claim on the lanes of a grid that may differ from the one it was placed in: every lane its box reaches into. */
export function tenancy(placed: Placed, laneHeight: number, stageWidth: number): LaneTenant {
  const lane = Math.floor(placed.offset / laneHeight);
  const span = Math.ceil((placed.offset + placed.look.height) / laneHeight) - lane;
  const { request, enterAt, enterWidth } = placed;
  const moved = isMoving(request) ? { ...request, span, stageWidth } : { ...request, span };
  return { request: moved, lane, enterAt, enterWidth };
}
