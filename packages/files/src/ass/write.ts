import type { Item, Mode } from "@barrage/protocol";
import { rowOfItem } from "../item-row.ts";
import type { FileDanmaku, FileRow } from "../row.ts";
import { layOut } from "./layout.ts";
import type { AssLayoutOptions, AssPlaced } from "./layout.ts";
import { assAlpha, assColor, assText, assTime } from "./text.ts";

export interface AssOptions extends Partial<AssLayoutOptions> {
  readonly fontName?: string;
  /** 0 clear to 1 opaque. */
  readonly opacity?: number;
  /** Added to every time, ms; what would begin before 0 is left out and counted. */
  readonly offsetMs?: number;
  readonly title?: string;
}

export interface WrittenAss {
  readonly ass: string;
  /** Danmaku for which no lane came free in time, or that lie before the start. */
  readonly leftOut: number;
  /** Records that the script has no line for: specials, paid ones, room events. */
  readonly omitted: number;
}

const STYLE: Readonly<Record<Mode, { readonly name: string; readonly alignment: number }>> = {
  scroll: { name: "Scroll", alignment: 8 },
  reverse: { name: "Reverse", alignment: 8 },
  top: { name: "Top", alignment: 8 },
  bottom: { name: "Bottom", alignment: 2 },
};
/** Every channel under this is too dark for the black outline that others get. */
const DARK_CHANNEL = 0x30;
const isDark = (rgb: number): boolean =>
  rgb >> 16 < DARK_CHANNEL && ((rgb >> 8) & 0xff) < DARK_CHANNEL && (rgb & 0xff) < DARK_CHANNEL;

type Settings = Required<AssOptions>;

function settingsOf(options: AssOptions): Settings {
  const height = options.height ?? 1080;
  return {
    width: 1920,
    height,
    // 40 px at 1080 lines.
    fontSize: Math.round(height / 27),
    scrollMs: 10_000,
    holdMs: 5_000,
    maxDelayMs: 2_000,
    bottomBlank: 0,
    area: 1,
    fontName: "sans-serif",
    opacity: 1,
    offsetMs: 0,
    title: "Danmaku",
    ...options,
  };
}

function header({ width, height, fontSize, fontName, opacity, title }: Settings): string {
  const alpha = assAlpha(opacity);
  const oneField = (text: string): string => text.replace(/[\r\n,]/g, " ");
  const styles = Object.values(STYLE).map(
    ({ name, alignment }) =>
      `Style: ${name},${oneField(fontName)},${fontSize},&H${alpha}FFFFFF,&H${alpha}FFFFFF,&H${alpha}000000,&H${alpha}000000,` +
      `0,0,0,0,100,100,0,0,1,2,0,${alignment},0,0,0,1`,
  );
  return [
    "[Script Info]",
    `Title: ${oneField(title)}`,
    "ScriptType: v4.00+",
    `PlayResX: ${width}`,
    `PlayResY: ${height}`,
    "WrapStyle: 2",
    "ScaledBorderAndShadow: yes",
    "",
    "[V4+ Styles]",
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, " +
      "Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, " +
      "Alignment, MarginL, MarginR, MarginV, Encoding",
    ...styles,
    "",
    "[Events]",
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    "",
  ].join("\n");
}

function motion({ row, y, width }: AssPlaced, stage: Settings): string {
  // With alignment 8 the point given is the middle of the text's upper edge.
  const left = -Math.ceil(width / 2);
  const right = stage.width - left;
  switch (row.mode) {
    case "scroll":
      return `\\move(${right},${y},${left},${y})`;
    case "reverse":
      return `\\move(${left},${y},${right},${y})`;
    case "top":
      return `\\an8\\pos(${stage.width / 2},${y})`;
    case "bottom":
      return `\\an2\\pos(${stage.width / 2},${y})`;
  }
}

function dialogue(placed: AssPlaced, settings: Settings): string {
  const { row, fontSize } = placed;
  const tags = [motion(placed, settings)];
  if (fontSize !== settings.fontSize) tags.push(`\\fs${fontSize}`);
  if (row.color !== 0xffffff) tags.push(`\\c${assColor(row.color)}`);
  if (isDark(row.color)) tags.push(`\\3c${assColor(0xffffff)}`);
  const times = `${assTime(placed.startMs)},${assTime(placed.endMs)}`;
  // Still ones are painted over moving ones where they cross.
  const layer = row.mode === "top" || row.mode === "bottom" ? 1 : 0;
  return `Dialogue: ${layer},${times},${STYLE[row.mode].name},,0,0,0,,{${tags.join("")}}${assText(row.content)}\n`;
}

/**
 * An ASS script that shows the danmaku over a video in any player, or burnt in by a converter.
 *
 * Bounds     no two danmaku of one group (moving, top, bottom) overlap, by estimated widths: FI-18.
 */
export function writeAss(records: Iterable<Item | FileRow>, options: AssOptions = {}): WrittenAss {
  const settings = settingsOf(options);
  let startedAt: number | undefined;
  let omitted = 0;
  let early = 0;
  const rows: FileDanmaku[] = [];
  for (const record of records) {
    if ("seq" in record) startedAt ??= record.at;
    const row = "seq" in record ? rowOfItem(record, startedAt ?? 0) : record;
    if (row?.kind !== "danmaku") {
      omitted += 1;
      continue;
    }
    const pts_ms = (row.pts_ms ?? 0) + settings.offsetMs;
    if (pts_ms < 0) early += 1;
    else rows.push({ ...row, pts_ms });
  }
  const { placed, leftOut } = layOut(rows, settings);
  const lines = placed.map((row) => dialogue(row, settings));
  return { ass: header(settings) + lines.join(""), leftOut: leftOut + early, omitted };
}
