import { z } from "zod";
import { section, setting } from "./setting.ts";

const text = () => z.string().min(1).nullable().default(null);

export const authSection = section({
  devKey: setting(
    z.string().min(8).max(128).nullable().default(null),
    "Key that the development login asks for when a role above viewer is wanted; made at the first start when absent.",
    { secret: true },
  ),
  devTokenTtlMs: setting(
    z.int().min(1_000).max(31_536_000_000).default(86_400_000),
    "Lifetime of a token of the development issuer.",
    { unit: "ms" },
  ),
  hs256Secret: setting(
    z.string().min(32).nullable().default(null),
    "Secret of the outside issuer, when it signs with HS256; at least 32 characters.",
    { secret: true },
  ),
  jwksUrl: setting(
    z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null),
    "Address of the outside issuer's key set (RS256 or EdDSA).",
  ),
  jwksFile: setting(text(), "File with the outside issuer's key set (RS256 or EdDSA)."),
  issuer: setting(text(), "Value that the token's iss claim must have; needed with an outside issuer."),
  audience: setting(text(), "Value that the token's aud claim must have; needed with an outside issuer."),
  nameClaim: setting(z.string().min(1).default("name"), "Claim with the name that others see."),
  roleClaim: setting(
    z.string().min(1).default("role"),
    "Claim with the role: viewer, moderator, host or service; absent means viewer.",
  ),
  clockToleranceMs: setting(
    z.int().min(0).max(300_000).default(5_000),
    "Difference between the issuer's clock and ours that exp and nbf may have.",
    { unit: "ms" },
  ),
  jwksTimeoutMs: setting(
    z.int().min(100).max(60_000).default(3_000),
    "Time that fetching the key set may take.",
    { unit: "ms" },
  ),
  jwksCooldownMs: setting(
    z.int().min(0).max(3_600_000).default(30_000),
    "Least time between two fetches of the key set because of an unknown key.",
    { unit: "ms" },
  ),
  cacheTokens: setting(
    z.int().min(0).max(10_000_000).default(50_000),
    "Verified tokens that are remembered until they expire; 0 is none.",
    { unit: "tokens" },
  ),
});
