import { isKept } from "@barrage/engine";
import type { ArchivedItem } from "@barrage/engine";
import type { Item } from "@barrage/protocol";

/** One item as its row. */
export interface ItemRow {
  readonly seq: number;
  readonly at: number;
  readonly room: string;
  readonly uid: string;
  readonly id: string;
  readonly body: string;
  /** Control or paid. */
  readonly kept: boolean;
  /** What a recall takes back. */
  readonly target: { readonly id: string } | { readonly uid: string } | undefined;
}

/** PostgreSQL's texts hold no NUL; in JSON it is escaped, in a key it is replaced, the same wherever it is looked for. */
export const asKey = (text: string): string => text.replaceAll("\0", "\u{FFFD}");

/** A moment as a whole number of ms that PostgreSQL, too, can calculate with. */
export const asMoment = (ms: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, Math.ceil(ms)));

export function toRow({ room, item }: ArchivedItem): ItemRow {
  const target = item.kind === "recall" ? item.target : undefined;
  return {
    seq: item.seq,
    at: asMoment(item.at),
    room: asKey(room),
    uid: asKey(item.author.uid),
    id: asKey(item.id),
    body: JSON.stringify(item),
    kept: isKept(item),
    target,
  };
}

// oxlint-disable-next-line barrage/as-on-foreign-data -- our own table: its form was checked when the database was opened
export const toItem = (body: unknown): Item => JSON.parse(String(body)) as Item;
