import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { detectFormat, parseBilibiliXml, parseJsonDanmaku } from "@barrage/files";
import type { FileDanmaku } from "@barrage/files";
import { loadError } from "../errors.ts";

/** What a danmaku file says of when people talked, and how much each of them. */
export interface RecordedTalk {
  /** The file's name without its folder. */
  readonly file: string;
  readonly timesMs: readonly number[];
  /** Danmaku of each sender, the most talkative first; one for all where the file names no senders. */
  readonly bySender: readonly number[];
}

/** Reads Bilibili XML or danmaku JSON. Errors: LOAD_BAD_RECORDING. */
export function readRecordedTalk(path: string): RecordedTalk {
  const refuse = (what: string, cause?: unknown): Error =>
    loadError("LOAD_BAD_RECORDING", { file: path, what }, cause);
  let danmaku: readonly FileDanmaku[];
  try {
    const text = readFileSync(path, "utf8");
    const format = detectFormat(path, text.slice(0, HEAD_CHARS));
    if (format === undefined || format === "ass") throw refuse("it is neither Bilibili XML nor danmaku JSON");
    danmaku = (format === "json" ? parseJsonDanmaku(text) : parseBilibiliXml(text)).danmaku;
  } catch (error) {
    if (!(error instanceof Error) || ("code" in error && error.code === "LOAD_BAD_RECORDING")) throw error;
    throw refuse(error.message, error);
  }
  const timed = danmaku.flatMap(({ pts_ms }) => (pts_ms === undefined ? [] : [pts_ms]));
  if (timed.length === 0) throw refuse("no danmaku in it has a time");
  const senders = new Map<string, number>();
  for (const { origin, sender } of danmaku) {
    const who = origin?.sender ?? sender ?? "";
    senders.set(who, (senders.get(who) ?? 0) + 1);
  }
  return {
    file: basename(path),
    timesMs: timed,
    bySender: [...senders.values()].toSorted((a, b) => b - a),
  };
}

/** Characters by which a format is known. */
const HEAD_CHARS = 512;
