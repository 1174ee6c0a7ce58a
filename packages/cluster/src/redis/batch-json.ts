import type { Batch } from "@barrage/engine";
import { KINDS } from "@barrage/protocol";
import type { Item, SampleRate } from "@barrage/protocol";
import { clusterError } from "../errors.ts";

/**
 * Records and batches as Redis holds and carries them: JSON. The binary form of `barrage.v1` has two fifths of the
 * bytes but takes 1.4 to 2 times the CPU time both ways (bench/micro/redis-codec.ts), which a router and a gateway run
 * out of first.
 */

const texts = new WeakMap<Batch, readonly string[]>();

/** Each record's JSON. Made once per batch: window and feed take the same. */
export function itemTexts(batch: Batch): readonly string[] {
  let made = texts.get(batch);
  if (made === undefined) {
    made = batch.items.map((item) => JSON.stringify(item));
    texts.set(batch, made);
  }
  return made;
}

/** The batch without its room, which the channel names. */
export function encodeBatch(batch: Batch): string {
  const { prev, seq, muted, windowMs, rate } = batch;
  const rest = JSON.stringify({ prev, seq, muted, windowMs, rate }).slice(0, -1);
  return `${rest},"items":[${itemTexts(batch).join(",")}]}`;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const kinds: ReadonlySet<unknown> = new Set(KINDS);

/** What tells a record of ours from anything else; that its fields are right was seen to before it was logged. */
function isItem(value: unknown): value is Item {
  return isRecord(value) && kinds.has(value["kind"]) && isSeq(value["seq"]) && isSeq(value["n"]);
}

const isOptionalCount = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === "number" && value >= 0);

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Reported as what it is below: not one of ours.
    return undefined;
  }
}

/** Errors: REDIS_RECORD_INVALID. */
export function decodeItem(room: string, text: string): Item {
  const value = parseJson(text);
  if (!isItem(value)) throw clusterError("REDIS_RECORD_INVALID", { room });
  return value;
}

const isRate = (value: unknown): value is SampleRate =>
  isRecord(value) && typeof value["shown"] === "number" && typeof value["of"] === "number";

/** Errors: REDIS_RECORD_INVALID. */
export function decodeBatch(room: string, text: string): Batch {
  const value = parseJson(text);
  const refused = (): Error => clusterError("REDIS_RECORD_INVALID", { room });
  if (!isRecord(value)) throw refused();
  const { prev, seq, items, muted, windowMs, rate } = value;
  if (!isSeq(prev) || !isSeq(seq) || !Array.isArray(items) || !items.every(isItem)) throw refused();
  if (!isOptionalCount(muted) || !isOptionalCount(windowMs)) throw refused();
  if (rate !== undefined && !isRate(rate)) throw refused();
  return {
    room,
    prev,
    seq,
    items,
    ...(muted === undefined ? {} : { muted }),
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(rate === undefined ? {} : { rate }),
  };
}
