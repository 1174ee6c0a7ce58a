import { createHmac } from "node:crypto";

/** What every role of the site under test is configured with. */
export const ISSUER = {
  hs256Secret: "a secret that only the faults harness has",
  issuer: "faults",
  audience: "faults",
} as const;

/** Longer than any run, seconds. */
const LIFE_S = 86_400;

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A token of a viewer, as an outside issuer would sign it. */
export function tokenFor(uid: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: uid,
    name: uid,
    iss: ISSUER.issuer,
    aud: ISSUER.audience,
    iat: now,
    exp: now + LIFE_S,
  };
  const text = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
  return `${text}.${createHmac("sha256", ISSUER.hs256Secret).update(text).digest("base64url")}`;
}
