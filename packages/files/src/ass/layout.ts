import { LaneAllocator } from "@barrage/overlay";
import type { Mode } from "@barrage/protocol";
import { DEFAULT_SIZE } from "@barrage/protocol";
import type { FileDanmaku } from "../row.ts";
import { estimateWidth } from "./text.ts";

/** Sizes in px of the script's own picture, times in ms. */
export interface AssLayoutOptions {
  readonly width: number;
  readonly height: number;
  /** Size of a danmaku of Bilibili's standard size 25; others in proportion. */
  readonly fontSize: number;
  /** How long a moving danmaku takes from edge to edge. */
  readonly scrollMs: number;
  /** How long one at the top or bottom stays. */
  readonly holdMs: number;
  /** How late a danmaku may enter to find a free lane; later it is left out. */
  readonly maxDelayMs: number;
  /** Px at the bottom kept free of danmaku, for subtitles. */
  readonly bottomBlank: number;
  /** Part of the picture that moving danmaku use, from the top, 0 to 1. */
  readonly area: number;
}

/** A danmaku with its place in the picture. */
export interface AssPlaced {
  readonly row: FileDanmaku;
  readonly startMs: number;
  readonly endMs: number;
  readonly y: number;
  readonly width: number;
  readonly fontSize: number;
}

/** Height of a lane in em: room for the outline and for descenders. */
const LANE_EM = 1.15;
/** Em between two danmaku of a lane. */
const GAP_EM = 0.5;

interface Stage {
  readonly lanes: LaneAllocator;
  readonly laneHeight: number;
  readonly options: AssLayoutOptions;
}

/** `undefined` when no lane comes free in time. */
function place({ lanes, laneHeight, options }: Stage, row: FileDanmaku): AssPlaced | undefined {
  const fontSize = Math.max(1, Math.round((options.fontSize * row.size) / DEFAULT_SIZE));
  const lines = row.content.split(/\r\n|[\n\r\u2028\u2029]/);
  const width = Math.max(...lines.map((line) => estimateWidth(line, fontSize)));
  const span = Math.max(1, Math.ceil((fontSize * LANE_EM * lines.length) / laneHeight));
  const now = row.pts_ms ?? 0;
  const speed = (options.width + width) / options.scrollMs;
  const moving = row.mode === "scroll" || row.mode === "reverse";
  const choice = moving
    ? lanes.place(
        { mode: row.mode, span, width, speed, stageWidth: options.width, gap: options.fontSize * GAP_EM },
        now,
        now + options.maxDelayMs,
      )
    : lanes.place({ mode: row.mode, span, width, holdMs: options.holdMs }, now, now + options.maxDelayMs);
  if (choice === null) return undefined;
  const y = yOf(row.mode, choice.lane, { laneHeight, height: options.height - options.bottomBlank });
  const endMs = choice.at + (moving ? options.scrollMs : options.holdMs);
  return { row, startMs: choice.at, endMs, y, width, fontSize };
}

/** Lane 0 is the topmost, for the bottom group the lowest. */
const yOf = (
  mode: Mode,
  lane: number,
  size: { readonly laneHeight: number; readonly height: number },
): number => Math.round(mode === "bottom" ? size.height - lane * size.laneHeight : lane * size.laneHeight);

/** Places danmaku so that no two of a group overlap; those without a lane are counted in `leftOut`. */
export function layOut(
  rows: readonly FileDanmaku[],
  options: AssLayoutOptions,
): { readonly placed: readonly AssPlaced[]; readonly leftOut: number } {
  // Not rounded: a danmaku of the standard size must fill one lane exactly.
  const laneHeight = options.fontSize * LANE_EM;
  const height = options.height - options.bottomBlank;
  const fixed = Math.max(1, Math.floor(height / laneHeight));
  const moving = Math.max(1, Math.floor((height * options.area) / laneHeight));
  const stage = {
    lanes: new LaneAllocator({ moving, top: fixed, bottom: fixed, rows: height / laneHeight }),
    laneHeight,
    options,
  };
  const inTime = rows.toSorted((a, b) => (a.pts_ms ?? 0) - (b.pts_ms ?? 0));
  const placed = inTime.map((row) => place(stage, row)).filter((row) => row !== undefined);
  return { placed: placed.sort((a, b) => a.startMs - b.startMs), leftOut: rows.length - placed.length };
}
