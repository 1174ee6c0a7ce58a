import type { FileOrigin } from "@barrage/protocol";
import { DEFAULT_COLOR } from "@barrage/protocol";
import { parseDecimal, parseInteger, writeDecimal } from "../decimal.ts";

/** The `p` attribute of a `<d>`, each field checked. */
export interface BilibiliFields {
  readonly pts_ms: number;
  readonly size: number;
  readonly color: number;
  readonly origin: FileOrigin;
}

/** Seconds of the year 5138, milliseconds of 1973: above it a time stamp must be in milliseconds. */
export const SECONDS_MAX = 1e11;
/** Far over any size in use (12 to 64), so that an odd file still loses nothing. */
const SIZE_FIELD_MAX = 1_000;
/** Pools and weights in use are 0 to 11. */
const SMALL_FIELD_MAX = 1_000_000;

/** Printable ASCII without the comma that separates fields: hashes, uids, 64-bit ids. */
export const ORIGIN_TEXT = /^[\x21-\x2b\x2d-\x7e]{0,64}$/;

function sentAt(text: string): Pick<FileOrigin, "sent_at" | "sent_at_unit"> | undefined {
  const value = parseDecimal(text, 0);
  if (value === undefined || value > Number.MAX_SAFE_INTEGER) return undefined;
  return { sent_at: value, sent_at_unit: value > SECONDS_MAX ? "ms" : "s" };
}

/** Reads `p`; a string is the reason why it cannot be read. */
export function parseFields(p: string): BilibiliFields | string {
  const parts = p.split(",").map((part) => part.trim());
  if (parts.length !== 8 && parts.length !== 9) return "p has not 8 or 9 fields";
  const [time = "", mode = "", size = "", color = "", sent = "", pool = "", sender = "", id = "", weight] =
    parts;
  const pts_ms = parseDecimal(time, 3);
  if (pts_ms === undefined || pts_ms > Number.MAX_SAFE_INTEGER) return "the time is not a number of seconds";
  const modeNumber = parseInteger(mode, 9);
  if (modeNumber === undefined || modeNumber === 0) return "the mode is not 1 to 9";
  const sizeNumber = parseInteger(size, SIZE_FIELD_MAX);
  if (sizeNumber === undefined || sizeNumber === 0) return "the size is not a font size";
  const colorNumber = parseInteger(color, 0xffffff);
  const stamp = sentAt(sent);
  if (stamp === undefined) return "the time of sending is not a unix time";
  const poolNumber = parseInteger(pool, SMALL_FIELD_MAX);
  if (poolNumber === undefined) return "the pool is not a number";
  if (![color, sender, id].every((text) => ORIGIN_TEXT.test(text))) return "a field is not plain text";
  const weightNumber = weight === undefined ? undefined : parseInteger(weight, SMALL_FIELD_MAX);
  if (weight !== undefined && weightNumber === undefined) return "the weight is not a number";
  return {
    pts_ms,
    size: sizeNumber,
    color: colorNumber ?? DEFAULT_COLOR,
    origin: {
      sender,
      row_id: id,
      pool: poolNumber,
      mode: modeNumber,
      ...stamp,
      ...(weightNumber === undefined ? {} : { weight: weightNumber }),
      ...(colorNumber === undefined ? { color_text: color } : {}),
    },
  };
}

/** The `p` attribute; nine fields when the weight is known. */
export function writeFields({ pts_ms, size, color, origin }: BilibiliFields): string {
  const fields = [
    writeDecimal(pts_ms, -3),
    origin.mode,
    size,
    origin.color_text !== undefined && color === DEFAULT_COLOR ? origin.color_text : color,
    writeDecimal(origin.sent_at, 0),
    origin.pool,
    origin.sender,
    origin.row_id,
  ];
  if (origin.weight !== undefined) fields.push(origin.weight);
  return fields.join(",");
}
