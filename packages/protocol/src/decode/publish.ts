import { DEFAULT_COLOR, DEFAULT_SIZE, MODES, SIZE_MAX, SIZE_MIN } from "../danmaku.ts";
import type { Mode } from "../danmaku.ts";
import { parseContent } from "../text.ts";
import { asObject, badField, onlyFields, optionalChoice, optionalNumber, optionalString } from "./fields.ts";
import type { Unchecked } from "./fields.ts";

/** A publish that has been checked, with every default filled in. */
export interface Publish {
  readonly content: string;
  readonly mode: Mode;
  readonly color: number;
  readonly size: number;
  readonly pts_ms?: number;
  readonly client_msg_id?: string;
}

export const CLIENT_MSG_ID = /^[\x21-\x7e]{1,64}$/;
export const CLIENT_MSG_ID_RULE = "must be 1 to 64 printable ASCII characters without space";
/** A hundred days: longer than any stream. */
export const PTS_MAX_MS = 8_640_000_000;

export const PUBLISH_FIELDS: readonly string[] = [
  "content",
  "mode",
  "color",
  "size",
  "pts_ms",
  "client_msg_id",
];
const KNOWN = new Set(PUBLISH_FIELDS);

export function parseColor(value: unknown): number {
  if (value === undefined) return DEFAULT_COLOR;
  if (typeof value === "string" && /^#[0-9a-fA-F]{6}$/.test(value))
    return Number.parseInt(value.slice(1), 16);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffff) return value;
  throw badField("color", "must be an integer from 0 to 16777215, or #rrggbb");
}

/**
 * The publish in `input`, which is any JSON value.
 *
 * Errors     BARRAGE_BAD_FIELD, or one of the BARRAGE_CONTENT_ codes.
 */
export function parsePublish(input: unknown, contentMax: number): Publish {
  const object = asObject(input, "the body");
  onlyFields(object, KNOWN);
  return publishOf(object, contentMax);
}

/** As `parsePublish`, of an object whose other fields the caller has checked. */
export function publishOf(object: Unchecked, contentMax: number): Publish {
  const { content } = object;
  if (typeof content !== "string") throw badField("content", "must be a string");
  const pts = optionalNumber(object, "pts_ms", { min: 0, max: PTS_MAX_MS, integer: false });
  const id = optionalString(object, "client_msg_id", CLIENT_MSG_ID, CLIENT_MSG_ID_RULE);
  return {
    content: parseContent(content, contentMax),
    mode: optionalChoice(object, "mode", MODES) ?? "scroll",
    color: parseColor(object["color"]),
    size: optionalNumber(object, "size", { min: SIZE_MIN, max: SIZE_MAX, integer: true }) ?? DEFAULT_SIZE,
    ...(pts === undefined ? {} : { pts_ms: pts }),
    ...(id === undefined ? {} : { client_msg_id: id }),
  };
}
