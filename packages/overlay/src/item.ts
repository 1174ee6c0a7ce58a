/** How a danmaku is shown: right to left, left to right, or still at the top or bottom. */
export type DanmakuMode = "scroll" | "reverse" | "top" | "bottom";

export const DANMAKU_MODES: readonly DanmakuMode[] = ["scroll", "reverse", "top", "bottom"];

/**
 * One danmaku as the caller gives it.
 *
 * Units      `color` 0xRRGGBB; `size` in CSS px at scale 1, drawn within 12 to 64 (25 is normal).
 */
export interface OverlayItem {
  readonly id: string;
  /** Plain text. It is painted, never parsed: markup is shown as the characters it is made of. */
  readonly text: string;
  readonly mode: DanmakuMode;
  readonly color: number;
  readonly size: number;
  /** Written by this viewer: drawn in a box, and never held back by density. */
  readonly own?: boolean | undefined;
  /** How many equal danmaku this one stands for; drawn as "×128" after the text when above 1. */
  readonly count?: number | undefined;
  /** The count may grow while it is shown: room for one of three digits is kept behind it. */
  readonly grows?: boolean | undefined;
}

/**
 * Levels for `show(item, priority)`; any finite number between them is allowed too. From `paid` up a danmaku is
 * urgent: it waits longer for a lane and no density limit holds it back.
 */
export const PRIORITY = { low: -1, normal: 0, host: 1, paid: 2, own: 3 } as const;

export const SIZE_MIN_PX = 12;
export const SIZE_NORMAL_PX = 25;
export const SIZE_MAX_PX = 64;

/** What a count adds to a text, at most in the room that is kept for it. */
export const COUNT_ROOM = " ×999";

/** Code units drawn at most: about three screens of text; measuring more would cost a frame and nobody reads it. */
const LABEL_LIMIT_UNITS = 300;

/** What will be painted, or undefined when nothing would be visible or a field is not what its type says. */
export function readLabel(item: OverlayItem): string | undefined {
  if (typeof item.id !== "string" || typeof item.text !== "string") return undefined;
  if (!DANMAKU_MODES.includes(item.mode)) return undefined;
  if (!Number.isFinite(item.color) || !Number.isFinite(item.size)) return undefined;
  const text = clip(item.text.replace(/[\s\p{Cc}]+/gu, " ").trim());
  if (text === "") return undefined;
  const count = item.count ?? 1;
  return Number.isFinite(count) && count > 1 ? `${text} ×${Math.floor(count)}` : text;
}

/** The caller's size brought into the drawn range. */
export function clampSize(size: number): number {
  return Math.min(SIZE_MAX_PX, Math.max(SIZE_MIN_PX, size));
}

/** The caller's colour brought into 0xRRGGBB. */
export function clampColor(color: number): number {
  return Math.min(0xffffff, Math.max(0, Math.floor(color)));
}

function clip(text: string): string {
  if (text.length <= LABEL_LIMIT_UNITS) return text;
  // A cut between the halves of a surrogate pair would paint a replacement box.
  return `${text.slice(0, LABEL_LIMIT_UNITS).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
