import { CLUSTER_RULES } from "./cluster-rules.ts";
import type { CrossRule } from "./cross-rule.ts";
import type { ServerConfig } from "./schema.ts";

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

/** The number that workers.count is, where it is one. */
const counted = ({ workers }: ServerConfig): number | undefined =>
  workers.count === null || workers.count === "auto" ? undefined : Number(workers.count);

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
  under(
    ["workers.reportEveryMs", (c) => c.workers.reportEveryMs],
    ["workers.hangMs", (c) => c.workers.hangMs],
  ),
  under(
    ["workers.scale.queueLow", (c) => c.workers.scale.queueLow],
    ["workers.scale.queueHigh", (c) => c.workers.scale.queueHigh],
  ),
  under(
    ["workers.scale.cpuLow", (c) => c.workers.scale.cpuLow],
    ["workers.scale.cpuHigh", (c) => c.workers.scale.cpuHigh],
  ),
  {
    paths: ["workers.respawn.baseMs", "workers.respawn.maxMs"],
    check: ({ workers: { respawn } }) =>
      respawn.baseMs <= respawn.maxMs
        ? undefined
        : `must be at most workers.respawn.maxMs (${respawn.baseMs} is more than ${respawn.maxMs})`,
  },
  {
    paths: ["workers.min", "workers.max", "workers.count"],
    check: (config) => {
      const { min, max } = config.workers;
      const least = min ?? counted(config);
      const most = max ?? counted(config);
      return least === undefined || most === undefined || least <= most
        ? undefined
        : `must be at most workers.max (${least} is more than ${most})`;
    },
  },
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
  ...CLUSTER_RULES,
];
