import { hash } from "node:crypto";

/** Half of SHA-256: two different keys share it once in 2^64 keys. */
const DIGEST_BYTES = 16;

/** What stands for an idempotency key in the file. The length keeps ("a", "bc") and ("ab", "c") apart. */
export function keyDigest(kind: "sent" | "released", scope: string, id: string): Uint8Array {
  return hash("sha256", `${kind}:${scope.length}:${scope}${id}`, "buffer").subarray(0, DIGEST_BYTES);
}
