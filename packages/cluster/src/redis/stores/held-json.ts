import type { HeldDanmaku, IdempotencyKey } from "@barrage/engine";
import { KINDS } from "@barrage/protocol";
import type { Entry } from "@barrage/protocol";
import { clusterError } from "../../errors.ts";
import { isRecord, parseJson } from "../batch-json.ts";

/** A held danmaku, and the key that it came with. */
export interface HeldRow {
  readonly held: HeldDanmaku;
  readonly key: IdempotencyKey | undefined;
}

export const encodeHeld = ({ entry, matched }: HeldDanmaku, key: IdempotencyKey | undefined): string =>
  JSON.stringify({ entry, matched, key });

const kinds: ReadonlySet<unknown> = new Set(KINDS);

const isEntry = (value: unknown): value is Entry =>
  isRecord(value) && kinds.has(value["kind"]) && typeof value["id"] === "string";

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string");

function isKey(value: unknown): value is IdempotencyKey {
  if (!isRecord(value)) return false;
  return ["scope", "id", "bodyHash"].every((field) => typeof value[field] === "string");
}

/** Errors: REDIS_RECORD_INVALID. */
export function decodeHeld(room: string, text: string): HeldRow {
  const value = parseJson(text);
  if (!isRecord(value)) throw clusterError("REDIS_RECORD_INVALID", { room });
  const { entry, matched, key } = value;
  if (!isEntry(entry) || !isTexts(matched) || !(key === undefined || isKey(key)))
    throw clusterError("REDIS_RECORD_INVALID", { room });
  return { held: { room, entry, matched }, key };
}
