import { hash } from "node:crypto";
import type { Entry } from "@barrage/protocol";
import type { IdempotencyKey } from "../ports/index.ts";

type FieldOf<E> = E extends unknown ? keyof E : never;
/** Fields that differ between two tries of the same publish. */
type NotBody = "id" | "at" | "author" | "client_msg_id" | "trace";

/** What two tries of the same publish have in common, of every kind of record. */
const BODY: Readonly<Record<Exclude<FieldOf<Entry>, NotBody>, true>> = {
  kind: true,
  content: true,
  mode: true,
  color: true,
  size: true,
  pts_ms: true,
  origin: true,
  merged: true,
  pin_ms: true,
  amount_micros: true,
  currency: true,
  gift_id: true,
  gift_name: true,
  count: true,
  target: true,
  event: true,
};
const BODY_FIELDS = Object.keys(BODY) as readonly (keyof typeof BODY)[];

/**
 * The key of a publish that carries a `client_msg_id`: per room and sender, with a hash of what was said.
 *
 * Cost       on the way of every publish: one text, one call that hashes.
 */
export function keyOf(room: string, entry: Entry): IdempotencyKey | undefined {
  if (!("client_msg_id" in entry)) return undefined;
  const fields: Partial<Record<keyof typeof BODY, unknown>> = entry;
  // In an order of our own: a caller's second try may name its fields in another one.
  const body = JSON.stringify(BODY_FIELDS.map((field) => fields[field]));
  const bodyHash = hash("sha256", body, "base64url");
  return { scope: `${room}\n${entry.author.uid}`, id: entry.client_msg_id, bodyHash };
}
