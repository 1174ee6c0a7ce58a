import { type OverlayItem, readLabel } from "../item.ts";
import { isMoving } from "../lanes/lane-allocator.ts";
import { boxWidth, type Casting, FONT_MIN_PX } from "./casting.ts";
import type { Look, Placed } from "./placed.ts";

/**
 * A danmaku on the stage with another count. It keeps its lane and speed; its box grows into the room that its lane
 * keeps for it, and where that is too small the text is drawn smaller, so that it touches nobody.
 */
export function recounted<T extends OverlayItem>(
  placed: Placed<T>,
  count: number,
  casting: Casting,
): Placed<T> {
  const item: T = { ...placed.item, count };
  const label = readLabel(item);
  const { request, enterAt, enterWidth } = placed;
  const widest = isMoving(request) ? request.width : casting.grid.size.width;
  const look = label === undefined ? undefined : fitted(placed.look, label, widest, casting);
  if (look === undefined) return { ...placed, item };
  if (!isMoving(request)) return { ...placed, item, look };
  return { ...placed, item, look, leaveAt: enterAt + (enterWidth + look.width) / request.speed };
}

/** Undefined where it would have to be too small to be read: then the label stays as it is. */
function fitted(look: Look, label: string, widest: number, { measure }: Casting): Look | undefined {
  const width = boxWidth(measure(label, look.fontPx), look.fontPx);
  if (width <= widest) return { ...look, label, width };
  const fontPx = Math.max(FONT_MIN_PX, Math.floor((look.fontPx * widest) / width));
  const smaller = boxWidth(measure(label, fontPx), fontPx);
  return smaller <= widest ? { ...look, label, fontPx, width: smaller } : undefined;
}
