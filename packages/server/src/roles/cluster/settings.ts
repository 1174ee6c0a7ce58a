import { readFileSync } from "node:fs";
import type { KafkaOptions, REDIS_DEFAULTS, RedisSettings } from "@barrage/cluster";
import { reasonOf, serverError } from "../../errors.ts";
import type { ServerConfig } from "../../config/schema.ts";

type Cluster = ServerConfig["cluster"];

/** `host:port`, or `[IPv6]:port`, as the configuration has checked it. */
function placeOf(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(address.slice(at + 1)) };
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw serverError("SERVER_TLS_UNREADABLE", { what: "authority", path, reason: reasonOf(error) }, error);
  }
}

type Security = Pick<Cluster["kafka"], "tls" | "tlsCa" | "saslMechanism" | "saslUsername" | "saslPassword">;

function securityOf({ tls, tlsCa, saslMechanism, saslUsername, saslPassword }: Security) {
  const encrypted = tls ? { tls: tlsCa === null ? {} : { ca: readCa(tlsCa) } } : {};
  if (saslMechanism === null || saslUsername === null || saslPassword === null) return encrypted;
  const sasl = { mechanism: saslMechanism, username: saslUsername, password: saslPassword };
  return { ...encrypted, sasl };
}

/** The log's settings as this configuration has them. Errors: SERVER_TLS_UNREADABLE. */
export function kafkaOptionsOf({ kafka }: Pick<Cluster, "kafka">): KafkaOptions {
  const { sessionTimeoutMs: _, tls, tlsCa, saslMechanism, saslUsername, saslPassword, ...options } = kafka;
  return { ...options, ...securityOf({ tls, tlsCa, saslMechanism, saslUsername, saslPassword }) };
}

/** The connections' settings as this configuration has them; `defaults` are the package's own. */
export function redisSettingsOf(
  { redis }: Pick<Cluster, "redis">,
  defaults: typeof REDIS_DEFAULTS,
): RedisSettings {
  const { nodes, prefix, username, password, tls, connections, timeoutMs } = redis;
  return {
    nodes: nodes.map(placeOf),
    prefix,
    connections,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls } : {}),
    calls: { ...defaults.calls, timeoutMs },
  };
}
