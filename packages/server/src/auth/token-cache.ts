import { hash as hashOf } from "node:crypto";
import { RecentMap } from "@barrage/engine";
import type { Clock } from "@barrage/kernel";
import type { Verified, Verifier } from "./verifier.ts";

/**
 * Remembers good tokens by their hash until they expire, so that a signature is checked once and an outage of the
 * issuer hurts only those who come with a new token.
 *
 * Bounds     `capacity` tokens; the one that was used longest ago goes first.
 * Cost       one SHA-256 of the token.
 */
export class CachedVerifier implements Verifier {
  private readonly inner: Verifier;
  private readonly clock: Clock;
  /** In order of last use. The token itself is not kept: a heap dump must not hold one. */
  private readonly known: RecentMap<string, Verified>;

  constructor(inner: Verifier, capacity: number, clock: Clock) {
    this.inner = inner;
    this.known = new RecentMap(capacity);
    this.clock = clock;
  }

  get size(): number {
    return this.known.size;
  }

  async verify(token: string): Promise<Verified> {
    const hash = hashOf("sha256", token, "base64");
    const found = this.known.get(hash);
    if (found !== undefined && found.expiresAt > this.clock.wall()) {
      this.known.set(hash, found);
      return found;
    }
    this.known.delete(hash);
    const verified = await this.inner.verify(token);
    this.known.set(hash, verified);
    return verified;
  }
}
