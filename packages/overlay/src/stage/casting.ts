import { clampColor, clampSize, COUNT_ROOM, type DanmakuMode } from "../item.ts";
import type { LaneRequest } from "../lanes/lane-allocator.ts";
import { fontFor, fontOf, type LaneGrid, lanesOf, lineHeight } from "./lane-grid.ts";
import type { Look } from "./placed.ts";
import type { Waiting } from "./waiting.ts";

/** Width in CSS px of a text at a font size. */
export type TextMeasure = (label: string, fontPx: number) => number;

/** Stage ms a danmaku needs to cross the stage, whatever its length: longer ones are faster, as viewers know it. */
export const TRAVEL_MS = 8_000;

/** Real ms a danmaku stands at the top or bottom: time to read a line twice. */
export const HOLD_MS = 5_000;

/** Real ms of fading when nothing may move; short enough to leave most of the hold fully visible. */
const FADE_MS = 300;

/** Side padding in font sizes: outline, box of own danmaku, and glyphs that lean out of their advance width. */
const PADDING_EM = 0.25;

/** Free room behind a danmaku, in font sizes of it. */
const GAP_EM = 0.6;

/** Smaller than this nobody reads; a still danmaku that is too wide is shrunk no further. */
export const FONT_MIN_PX = 9;

/** How one waiting danmaku would look and what it asks of the lanes. */
export interface Part {
  readonly mode: DanmakuMode;
  readonly look: Look;
  readonly request: LaneRequest;
  readonly fadeMs: number;
}

/** All that decides how danmaku are cast at present. */
export interface Casting {
  readonly grid: LaneGrid;
  readonly scale: number;
  /** Rate of the stage clock: times given in real ms are multiplied by it. */
  readonly rate: number;
  readonly still: boolean;
  readonly measure: TextMeasure;
}

/** The mode a danmaku is shown in: with reduced motion those that would move stand at the top. */
export function shownMode(mode: DanmakuMode, still: boolean): DanmakuMode {
  return still && mode !== "bottom" ? "top" : mode;
}

/** The look and the request of one danmaku. Its mode has at least one lane. */
export function cast(waiting: Waiting, casting: Casting): Part {
  const mode = shownMode(waiting.item.mode, casting.still);
  const look = lookOf(waiting, mode, casting);
  const span = Math.min(lanesOf(casting.grid, mode), Math.ceil(look.height / casting.grid.laneHeight));
  if (mode === "top" || mode === "bottom") {
    const request = { mode, span, holdMs: HOLD_MS * casting.rate, width: look.width };
    return { mode, look, request, fadeMs: casting.still ? FADE_MS * casting.rate : 0 };
  }
  const stageWidth = casting.grid.size.width;
  const speed = (stageWidth + look.width) / TRAVEL_MS;
  const gap = look.fontPx * GAP_EM;
  const room = waiting.item.grows === true ? Math.ceil(casting.measure(COUNT_ROOM, look.fontPx)) : 0;
  const width = look.width + room;
  return { mode, look, request: { mode, span, width, speed, stageWidth, gap }, fadeMs: 0 };
}

function lookOf(waiting: Waiting, mode: DanmakuMode, casting: Casting): Look {
  const { item, label } = waiting;
  const { grid, measure } = casting;
  const wanted = fontOf(clampSize(item.size), casting.scale);
  // A danmaku higher than all lanes of its mode is drawn smaller rather than over its neighbours.
  let fontPx = Math.max(1, Math.min(wanted, fontFor(lanesOf(grid, mode) * grid.laneHeight)));
  let width = boxWidth(measure(label, fontPx), fontPx);
  if (mode !== "scroll" && mode !== "reverse" && width > grid.size.width) {
    const fitting = Math.floor((fontPx * grid.size.width) / width);
    fontPx = Math.min(fontPx, Math.max(FONT_MIN_PX, fitting));
    width = boxWidth(measure(label, fontPx), fontPx);
  }
  return {
    label,
    fontPx,
    color: clampColor(item.color),
    own: item.own === true,
    width,
    height: lineHeight(fontPx),
  };
}

/** Padding at one side of the text, within its box. */
export function paddingOf(fontPx: number): number {
  return Math.ceil(fontPx * PADDING_EM);
}

export function boxWidth(textWidth: number, fontPx: number): number {
  return Math.ceil(textWidth) + 2 * paddingOf(fontPx);
}
