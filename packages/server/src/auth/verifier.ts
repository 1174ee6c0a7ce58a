import type { Principal } from "@barrage/engine";

/** A token that was found good. */
export interface Verified {
  readonly principal: Principal;
  /** Wall clock, ms: from then on the token counts as expired (clock tolerance included). */
  readonly expiresAt: number;
}

/**
 * Finds out whom a token speaks for.
 *
 * Errors     BARRAGE_TOKEN_INVALID, BARRAGE_TOKEN_EXPIRED, BARRAGE_AUTH_UNAVAILABLE (the keys cannot be had now).
 */
export interface Verifier {
  verify(token: string): Promise<Verified>;
}

/** Longer than any token an issuer makes; a longer one is not looked at. */
export const TOKEN_MAX_CHARACTERS = 8_192;
