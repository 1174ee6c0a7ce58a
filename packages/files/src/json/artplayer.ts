import { DEFAULT_COLOR, DEFAULT_SIZE } from "@barrage/protocol";
import type { Mode } from "@barrage/protocol";
import { parseDecimal, writeDecimal } from "../decimal.ts";
import type { FileDanmaku, FileRow } from "../row.ts";
import { parseColorText, writeColorText } from "./color.ts";

const MODES: readonly Mode[] = ["scroll", "top", "bottom"];
const KNOWN = new Set(["text", "time", "mode", "color"]);

/** Fields of a row that nobody here knows (`border`, `style`, ...): dropped, and reported by the reader. */
export const hasUnknownFields = (value: object): boolean => Object.keys(value).some((key) => !KNOWN.has(key));

function ptsOf(time: unknown): number | undefined {
  if (time === undefined) return 0;
  const text = typeof time === "number" && time >= 0 && Number.isFinite(time) ? writeDecimal(time, 0) : time;
  const pts = typeof text === "string" ? parseDecimal(text, 3) : undefined;
  return pts !== undefined && pts <= Number.MAX_SAFE_INTEGER ? pts : undefined;
}

/** One row of `[{text, time, mode, color}]`; a string is the reason why it cannot be read. */
export function readArtplayerRow(value: unknown): FileDanmaku | string {
  if (typeof value !== "object" || value === null) return "it is not an object";
  const { text, time, mode = 0, color = DEFAULT_COLOR } = value as Record<string, unknown>;
  if (typeof text !== "string") return "text is missing";
  const pts_ms = ptsOf(time);
  if (pts_ms === undefined) return "the time is not a number of seconds";
  const modeName = typeof mode === "number" ? MODES[mode] : undefined;
  if (modeName === undefined) return "the mode is not 0, 1 or 2";
  const rgb = parseColorText(color);
  if (rgb === undefined) return "the colour is not #rrggbb";
  return { kind: "danmaku", content: text, mode: modeName, color: rgb, size: DEFAULT_SIZE, pts_ms };
}

/** Rows in ArtPlayer's form. It has no size, sender or reverse mode: use Barrage's own form to lose nothing. */
export function writeArtplayerJson(rows: Iterable<FileRow>): { json: string; omitted: number } {
  let omitted = 0;
  const lines: string[] = [];
  for (const row of rows) {
    if (row.kind !== "danmaku" || row.mode === "reverse") {
      omitted += 1;
      continue;
    }
    const text = JSON.stringify(row.content);
    // The time is written digit by digit: dividing by 1000 would round a second time.
    const time = writeDecimal(row.pts_ms ?? 0, -3);
    const mode = MODES.indexOf(row.mode);
    lines.push(`{"text":${text},"time":${time},"mode":${mode},"color":"${writeColorText(row.color)}"}`);
  }
  return { json: `[\n${lines.join(",\n")}\n]\n`, omitted };
}
