import type { JWTPayload } from "jose";
import type { Principal } from "@barrage/engine";
import { isCleanText, isUserId, NAME_MAX_GRAPHEMES, protocolError, ROLES } from "@barrage/protocol";
import type { Role } from "@barrage/protocol";

export interface ClaimNames {
  readonly nameClaim: string;
  readonly roleClaim: string;
}

/** A name that others may see, or undefined: clean, trimmed, NFC, cut to the limit. */
export function cleanName(value: unknown): string | undefined {
  if (typeof value !== "string" || !isCleanText(value)) return undefined;
  const segments = new Intl.Segmenter().segment(value.normalize("NFC").trim());
  let name = "";
  let count = 0;
  for (const { segment } of segments) {
    if (count === NAME_MAX_GRAPHEMES) break;
    name += segment;
    count += 1;
  }
  return name === "" ? undefined : name;
}

/** Whoever an issuer calls something we do not know gets the least. */
export const roleOf = (value: unknown): Role => ROLES.find((role) => role === value) ?? "viewer";

/** Whom verified claims speak for. Errors: BARRAGE_TOKEN_INVALID when `sub` cannot be a user id here. */
export function principalOf(payload: JWTPayload, names: ClaimNames): Principal {
  const { sub } = payload;
  if (!isUserId(sub)) throw protocolError("BARRAGE_TOKEN_INVALID");
  return Object.freeze({
    uid: sub,
    name: cleanName(payload[names.nameClaim]) ?? sub,
    role: roleOf(payload[names.roleClaim]),
  });
}
