import type { Author, Item } from "@barrage/protocol";
import { DEFAULT_COLOR, DEFAULT_SIZE } from "@barrage/protocol";
import type { SeenItem } from "../session/effects.ts";
import type { Sendable } from "./outbox.ts";

// Own records remembered by id (a count): more than an outbox and a recent window hold of one viewer's together.
const REMEMBERED = 512;

/** Sees to it that an own danmaku is handed over once: with its ack, or in its batch, whichever comes first. */
export class OwnEcho {
  readonly #ids = new Set<string>();

  /** False when this record was handed over before. */
  admit(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED) this.#ids.delete(first(this.#ids));
    return true;
  }
}

function first(ids: ReadonlySet<string>): string {
  for (const id of ids) return id;
  return "";
}

/** The record that an ack stands for, as far as its sender can know it. `n` is the server's to give. */
export function echoOf(
  frame: Sendable,
  place: { readonly id: string; readonly seq: number; readonly at: number },
  author: Author,
): SeenItem {
  const { client_msg_id } = frame;
  const base = { ...place, author, client_msg_id, own: true, past: false } as const;
  if (frame.type === "like") return { ...base, kind: "like", count: frame.count };
  const { content, mode = "scroll", size = DEFAULT_SIZE, pts_ms } = frame;
  const color = colorOf(frame.color);
  const danmaku = { ...base, kind: "danmaku", content: content.normalize("NFC"), mode, color, size } as const;
  return pts_ms === undefined ? danmaku : { ...danmaku, pts_ms };
}

export function seen(item: Item, you: Author | null, past: boolean): SeenItem {
  return { ...item, own: you !== null && item.author.uid === you.uid, past };
}

function colorOf(color: number | string | undefined): number {
  if (color === undefined) return DEFAULT_COLOR;
  return typeof color === "number" ? color : Number.parseInt(color.slice(1), 16);
}
