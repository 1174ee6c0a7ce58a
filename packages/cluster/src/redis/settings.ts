import type { OutsideSettings } from "../resilience/outside-calls.ts";

export interface RedisSettings {
  /** Nodes to begin with; the cluster tells of the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  readonly tls?: boolean;
  /** Begins every key and channel: two Barrages, or two logs, never share one. */
  readonly prefix: string;
  /** Connections to each node, besides the one for the feed. */
  readonly connections: number;
  readonly calls: OutsideSettings;
}

/**
 * A try gets 1 s, about what a failover's first symptom takes; 1,024 calls under way on a node are some 50 ms of its
 * work, and as many again may wait.
 */
export const REDIS_DEFAULTS = {
  prefix: "barrage:",
  connections: 2,
  calls: { timeoutMs: 1_000, maxCalls: 1_024, maxWaiting: 1_024, attempts: 4, backoffMs: 100 },
} as const satisfies Partial<RedisSettings>;
