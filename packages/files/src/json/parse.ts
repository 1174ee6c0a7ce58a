import type { Item } from "@barrage/protocol";
import { filesError } from "../errors.ts";
import { rowOfItem } from "../item-row.ts";
import { danmakuOf, FileReport } from "../row.ts";
import type { FileContents, FileRow } from "../row.ts";
import { hasUnknownFields, readArtplayerRow } from "./artplayer.ts";
import { isItem } from "./item.ts";

/** A JSON danmaku file. In Barrage's own form `items` are the records themselves, and `rows` what other files would hold of them. */
export type JsonFile = FileContents &
  (
    | { readonly format: "artplayer" }
    | { readonly format: "barrage"; readonly room: string; readonly items: readonly Item[] }
  );

/** The newest form this program writes and the only one it reads. */
export const BARRAGE_JSON_VERSION = 1;

function contents(rows: readonly FileRow[], report: FileReport): FileContents {
  const { skipped, skippedByReason, noted } = report;
  return { rows, danmaku: danmakuOf(rows), skipped, skippedByReason, noted, stripped: 0 };
}

function parseArtplayer(values: readonly unknown[]): JsonFile {
  const rows: FileRow[] = [];
  const report = new FileReport();
  for (const [index, value] of values.entries()) {
    const row = readArtplayerRow(value);
    if (typeof row === "string") {
      report.skip({ row: index + 1, reason: row });
      continue;
    }
    rows.push(row);
    if (hasUnknownFields(value as object)) {
      report.note("a field nobody here knows was dropped");
    }
  }
  return { format: "artplayer", ...contents(rows, report) };
}

function parseBarrage(room: string, values: readonly unknown[]): JsonFile {
  const items: Item[] = [];
  const rows: FileRow[] = [];
  const report = new FileReport();
  for (const [index, value] of values.entries()) {
    if (!isItem(value)) {
      report.skip({ row: index + 1, reason: "it is no record of this version" });
      continue;
    }
    items.push(value);
    const row = rowOfItem(value, items[0]?.at ?? value.at);
    if (row !== undefined) rows.push(row);
  }
  return { format: "barrage", room, items, ...contents(rows, report) };
}

/**
 * The rows of a JSON file: `[{text, time, mode?, color?}]` or Barrage's own export.
 *
 * Bounds     the text is held whole, with its rows: for files of an episode, not of a year.
 * Errors     FILES_BAD_JSON, FILES_NOT_DANMAKU, FILES_UNKNOWN_VERSION. A bad row is no error: it is in `skipped`.
 */
export function parseJsonDanmaku(text: string): JsonFile {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (cause) {
    throw filesError("FILES_BAD_JSON", {}, cause);
  }
  if (Array.isArray(value)) return parseArtplayer(value);
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== "barrage") {
    throw filesError("FILES_NOT_DANMAKU", { detail: "it is neither a list nor a Barrage export" });
  }
  const { version, room, items } = value as { version?: unknown; room?: unknown; items?: unknown };
  if (version !== BARRAGE_JSON_VERSION) throw filesError("FILES_UNKNOWN_VERSION");
  if (typeof room !== "string" || !Array.isArray(items)) {
    throw filesError("FILES_NOT_DANMAKU", { detail: "room or items is missing" });
  }
  return parseBarrage(room, items);
}
