import { paddingOf } from "../stage/casting.ts";
import type { Look } from "../stage/placed.ts";
import { cssFont } from "./text-measurer.ts";

/** Width of the dark or light rim in font sizes: readable on any picture, thin enough to keep strokes apart. */
const OUTLINE_EM = 0.12;

/** Border of an own danmaku's box, CSS px. */
const BOX_PX = 2;

/** Colour of that box: a cyan no preset text colour uses. */
const BOX_COLOR = "#00e5ff";

/** Perceived brightness, 0 to 255, from which a colour counts as light (weights of ITU-R BT.601). */
function isLight(color: number): boolean {
  const red = color >> 16;
  const green = (color >> 8) & 0xff;
  const blue = color & 0xff;
  return 0.299 * red + 0.587 * green + 0.114 * blue >= 60;
}

/** `#rrggbb`, always six digits: 255 is `#0000ff`. */
export function cssColor(color: number): string {
  return `#${color.toString(16).padStart(6, "0")}`;
}

/** Paints one danmaku with its box's upper left corner at (x, y). Units are CSS px of the context's transform. */
export function paintLook(
  context: CanvasRenderingContext2D,
  look: Look,
  family: string,
  at: readonly [number, number],
): void {
  const [x, y] = at;
  const { fontPx, color, label } = look;
  context.font = cssFont(fontPx, family);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = Math.max(2, fontPx * OUTLINE_EM);
  context.strokeStyle = isLight(color) ? "rgba(0,0,0,0.75)" : "rgba(255,255,255,0.85)";
  context.fillStyle = cssColor(color);
  const textX = x + paddingOf(fontPx);
  const textY = y + look.height / 2;
  context.strokeText(label, textX, textY);
  context.fillText(label, textX, textY);
  if (!look.own) return;
  context.lineWidth = BOX_PX;
  context.strokeStyle = BOX_COLOR;
  context.strokeRect(x + BOX_PX / 2, y + BOX_PX / 2, look.width - BOX_PX, look.height - BOX_PX);
}
