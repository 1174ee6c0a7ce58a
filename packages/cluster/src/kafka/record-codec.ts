import type { IdempotencyKey } from "@barrage/engine";
import type { Entry } from "@barrage/protocol";

/** One record as Kafka stores it. */
export interface StoredRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
}

/** What is stored of an append. */
export interface RecordContent {
  readonly room: string;
  readonly entry: Entry;
  readonly live: boolean;
  readonly key?: Pick<IdempotencyKey, "scope" | "id">;
}

/** Format of the value; a reader refuses one that it does not know. */
const FORMAT = "1";
const HEADER = {
  format: "barrage",
  imported: "imported",
  keyScope: "key-scope",
  keyId: "key-id",
  traceparent: "traceparent",
} as const;

const NAMES = Object.fromEntries(
  Object.entries(HEADER).map(([name, text]) => [name, Buffer.from(text)]),
) as Readonly<Record<keyof typeof HEADER, Buffer>>;
const FORMAT_BYTES = Buffer.from(FORMAT);
const YES = Buffer.from("1");

/** key = room, value = the entry's JSON, everything else in headers; the entry's trace too, where tools look for it. */
export function encodeRecord({ room, entry, live, key }: RecordContent): StoredRecord {
  const headers = new Map([[NAMES.format, FORMAT_BYTES]]);
  if (!live) headers.set(NAMES.imported, YES);
  if (key !== undefined) {
    headers.set(NAMES.keyScope, Buffer.from(key.scope));
    headers.set(NAMES.keyId, Buffer.from(key.id));
  }
  if ("trace" in entry) headers.set(NAMES.traceparent, Buffer.from(entry.trace));
  return { key: Buffer.from(room), value: Buffer.from(JSON.stringify(entry)), headers };
}

/** What a record takes in a batch, without the few bytes of its frame. */
export function sizeOf({ key, value, headers }: StoredRecord): number {
  let bytes = key.length + value.length;
  for (const [name, text] of headers) bytes += name.length + text.length;
  return bytes;
}

/** What was stored, or why it cannot be read: somebody else wrote into the topic. */
export type Decoded = { readonly content: RecordContent } | { readonly fault: string };

export function decodeRecord(
  key: Buffer | null | undefined,
  value: Buffer | null | undefined,
  headers: Iterable<readonly [Buffer | null, Buffer | null]>,
): Decoded {
  if (key == null || value == null) return { fault: "it has no key or no value" };
  const texts = new Map<string, string>();
  for (const [name, text] of headers) texts.set(name?.toString() ?? "", text?.toString() ?? "");
  const format = texts.get(HEADER.format);
  if (format !== FORMAT)
    return { fault: `its format is ${format ?? "not said"}, and this program knows ${FORMAT}` };
  const entry = entryOf(value);
  if (entry === undefined) return { fault: "its value is no entry" };
  const scope = texts.get(HEADER.keyScope);
  const id = texts.get(HEADER.keyId);
  return {
    content: {
      room: key.toString(),
      entry,
      live: !texts.has(HEADER.imported),
      ...(scope === undefined || id === undefined ? {} : { key: { scope, id } }),
    },
  };
}

function entryOf(value: Buffer): Entry | undefined {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("kind" in parsed && "id" in parsed && "at" in parsed && "author" in parsed)) return undefined;
    // Its format header says that encodeRecord made it.
    return parsed as Entry;
  } catch {
    // No JSON: the caller says so with the record's place.
    return undefined;
  }
}
