import { crc32 } from "node:zlib";
import type { DanmakuEntry, FileOrigin, Item, PublishBody } from "@barrage/protocol";
import { cleanText, PTS_MAX_MS, SIZE_MAX, SIZE_MIN } from "@barrage/protocol";
import { NUMBER_OF_MODE } from "./bilibili/modes.ts";
import type { FileDanmaku, FileRow } from "./row.ts";

/** The sender field of Bilibili's files: crc32 of the uid in hex, not padded. */
export const senderHash = (uid: string): string => crc32(uid).toString(16);

function liveOrigin(item: DanmakuEntry & { readonly seq: number }): FileOrigin {
  return {
    sender: senderHash(item.author.uid),
    row_id: String(item.seq),
    pool: 0,
    mode: NUMBER_OF_MODE[item.mode],
    sent_at: Math.floor(item.at / 1000),
    sent_at_unit: "s",
  };
}

/** An imported danmaku whose file has no name was given its sender or its uid as one: that is no name to write. */
function senderOf({ author, ...item }: Item): { sender?: string } {
  const invented =
    item.kind === "danmaku" &&
    item.origin !== undefined &&
    [item.origin.sender, author.uid].includes(author.name);
  return invented ? {} : { sender: author.name };
}

/** The row of a record of a room; `undefined` for kinds that danmaku files have no row for. `startedAt` is ms since 1970. */
export function rowOfItem(item: Item, startedAt: number): FileRow | undefined {
  const sinceStart = Math.max(0, item.at - startedAt);
  const { uid } = item.author;
  switch (item.kind) {
    case "danmaku": {
      const { content, mode, color, size, pts_ms = sinceStart, origin = liveOrigin(item) } = item;
      return { kind: "danmaku", content, mode, color, size, pts_ms, origin, ...senderOf(item) };
    }
    case "superchat": {
      const { content, pin_ms, amount_micros, currency } = item;
      return {
        kind: "superchat",
        content,
        pin_ms,
        amount_micros,
        currency,
        pts_ms: sinceStart,
        uid,
        ...senderOf(item),
      };
    }
    case "gift": {
      const { gift_id, gift_name, count, amount_micros, currency } = item;
      const gift = { gift_id, gift_name, count, amount_micros, currency };
      return { kind: "gift", ...gift, pts_ms: sinceStart, uid, ...senderOf(item) };
    }
    case "like":
    case "enter":
    case "recall":
    case "room-event":
      return undefined;
  }
}

/** What had to be changed so that a room takes a file's danmaku. */
export type Adjustment =
  | "line breaks became spaces"
  | "control characters were removed"
  | "the size was out of range"
  | "a time past any stream was dropped";

/** The publish body of a file's danmaku, with what a room would refuse put right and named. The text's length is not touched. */
export function publishBodyOf(row: FileDanmaku): { body: PublishBody; adjusted: readonly Adjustment[] } {
  const adjusted: Adjustment[] = [];
  const oneLine = row.content.replace(/\r\n|[\t-\r\u0085\u2028\u2029]/g, " ");
  if (oneLine !== row.content) adjusted.push("line breaks became spaces");
  const content = cleanText(oneLine);
  if (content !== oneLine) adjusted.push("control characters were removed");
  const size = Math.min(SIZE_MAX, Math.max(SIZE_MIN, row.size));
  if (size !== row.size) adjusted.push("the size was out of range");
  const { mode, color } = row;
  const pts_ms = row.pts_ms !== undefined && row.pts_ms > PTS_MAX_MS ? undefined : row.pts_ms;
  if (pts_ms !== row.pts_ms) adjusted.push("a time past any stream was dropped");
  return { body: { content, mode, color, size, ...(pts_ms === undefined ? {} : { pts_ms }) }, adjusted };
}
