import { hash } from "node:crypto";
import type { Entry } from "@barrage/protocol";
import type { IdempotencyKey } from "../ports/index.ts";

/** Fields that differ between two tries of the same publish. */
const NOT_BODY: ReadonlySet<string> = new Set(["id", "at", "author", "client_msg_id", "trace"]);

/**
 * The key of a publish that carries a `client_msg_id`: per room and sender, with a hash of what was said.
 *
 * Cost       on the way of every publish: one text, one call that hashes.
 */
export function keyOf(room: string, entry: Entry): IdempotencyKey | undefined {
  if (!("client_msg_id" in entry)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  let body = "";
  // A caller's second try may name its fields in another order.
  for (const field of Object.keys(fields).sort())
    if (!NOT_BODY.has(field)) body += `${field}:${JSON.stringify(fields[field])},`;
  const bodyHash = hash("sha256", body, "base64url");
  return { scope: `${room}\n${entry.author.uid}`, id: entry.client_msg_id, bodyHash };
}
