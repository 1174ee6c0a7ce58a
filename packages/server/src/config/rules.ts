import type { ServerConfig } from "./schema.ts";

/** A rule between settings. Asked only when each of `paths` is valid by itself; answers what is wrong. */
export interface CrossRule {
  readonly paths: readonly string[];
  readonly check: (config: ServerConfig) => string | undefined;
}

/** `small` must be under `large`: both values are in the message. */
const under = (
  small: readonly [string, (config: ServerConfig) => number],
  large: readonly [string, (config: ServerConfig) => number],
): CrossRule => ({
  paths: [small[0], large[0]],
  check: (config) => {
    const [low, high] = [small[1](config), large[1](config)];
    return low < high ? undefined : `must be less than ${large[0]} (${low} is not less than ${high})`;
  },
});

const isProduction = (config: ServerConfig): boolean => config.mode === "production";

const OUTSIDE = ["auth.hs256Secret", "auth.jwksUrl", "auth.jwksFile"] as const;
/** How many outside issuers are named. */
const issuers = ({ auth }: ServerConfig): number =>
  [auth.hs256Secret, auth.jwksUrl, auth.jwksFile].filter((value) => value !== null).length;

export const CROSS_RULES: readonly CrossRule[] = [
  under(
    ["engine.outbound.lowBytes", (c) => c.engine.outbound.lowBytes],
    ["engine.outbound.highBytes", (c) => c.engine.outbound.highBytes],
  ),
  under(
    ["engine.outbound.highBytes", (c) => c.engine.outbound.highBytes],
    ["engine.outbound.limitBytes", (c) => c.engine.outbound.limitBytes],
  ),
  under(
    ["engine.outbound.limitBytes", (c) => c.engine.outbound.limitBytes],
    ["engine.outbound.processBytes", (c) => c.engine.outbound.processBytes],
  ),
  {
    paths: ["engine.flush.minMs", "engine.flush.maxMs"],
    check: ({ engine: { flush } }) =>
      flush.minMs <= flush.maxMs
        ? undefined
        : `must be at most engine.flush.maxMs (${flush.minMs} is more than ${flush.maxMs})`,
  },
  under(["engine.heartbeatMs", (c) => c.engine.heartbeatMs], ["engine.idleMs", (c) => c.engine.idleMs]),
  under(
    ["server.shutdownSpreadMs", (c) => c.server.shutdownSpreadMs],
    ["server.shutdownDeadlineMs", (c) => c.server.shutdownDeadlineMs],
  ),
  {
    paths: ["engine.window.snapshotItems", "engine.window.maxItems"],
    check: ({ engine: { window } }) =>
      window.snapshotItems <= window.maxItems
        ? undefined
        : `must be at most engine.window.maxItems (${window.snapshotItems} is more than ${window.maxItems})`,
  },
  {
    paths: ["server.tlsCert", "server.tlsKey"],
    check: ({ server }) =>
      (server.tlsCert === null) === (server.tlsKey === null)
        ? undefined
        : "and server.tlsKey must be set together, or neither",
  },
  {
    paths: [...OUTSIDE],
    check: (config) =>
      issuers(config) > 1 ? "and its siblings: name one outside issuer, not several" : undefined,
  },
  {
    paths: [OUTSIDE[0], "mode", OUTSIDE[1], OUTSIDE[2]],
    check: (config) =>
      isProduction(config) && issuers(config) === 0
        ? `or ${OUTSIDE[1]} or ${OUTSIDE[2]} must be set in production`
        : undefined,
  },
  {
    paths: ["auth.issuer", "auth.audience", ...OUTSIDE],
    check: (config) =>
      issuers(config) > 0 && (config.auth.issuer === null || config.auth.audience === null)
        ? "and auth.audience must be set with an outside issuer"
        : undefined,
  },
  {
    paths: ["engine.rooms.autoCreate", "mode"],
    check: (config) =>
      isProduction(config) && config.engine.rooms.autoCreate === true
        ? "must not be true in production"
        : undefined,
  },
];
