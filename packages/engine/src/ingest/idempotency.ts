import { createHash } from "node:crypto";
import type { Entry } from "@barrage/protocol";
import type { IdempotencyKey } from "../ports/index.ts";

/** Fields that differ between two tries of the same publish. */
const NOT_BODY: ReadonlySet<string> = new Set(["id", "at", "author", "client_msg_id", "trace"]);

/** The key of a publish that carries a `client_msg_id`: per room and sender, with a hash of what was said. */
export function keyOf(room: string, entry: Entry): IdempotencyKey | undefined {
  if (!("client_msg_id" in entry)) return undefined;
  const body = Object.entries(entry).filter(([field]) => !NOT_BODY.has(field));
  const text = JSON.stringify(body.sort(([a], [b]) => (a < b ? -1 : 1)));
  const bodyHash = createHash("sha256").update(text).digest("base64url");
  return { scope: `${room}\n${entry.author.uid}`, id: entry.client_msg_id, bodyHash };
}
