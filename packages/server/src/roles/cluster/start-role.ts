import type { AddressInfo } from "node:net";
import type { ClusterRole } from "../../config/cluster-section.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { PreparedRole } from "./prepared-role.ts";
import type { BeginOptions, PrepareOptions } from "./prepared-role.ts";

export interface RoleOptions extends PrepareOptions, BeginOptions {
  /** Of the same configuration, made ahead; it is taken where it is fit, and disposed of otherwise. */
  readonly prepared?: PreparedRole | undefined;
}

/** A role of a cluster that serves. */
export interface RunningRole {
  readonly role: ClusterRole;
  readonly address: AddressInfo;
  /** Where the goim framing is spoken on TCP; absent where it is not. */
  readonly subAddress: AddressInfo | undefined;
  /** For a program on this machine. */
  readonly url: string;
  /** For moderator links; absent in production, and where no client is spoken to. */
  readonly devKey: string | undefined;
  /** Drains in order within the configured deadline. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/**
 * This process's part in a cluster: the servers it works with, its role on them, and its port.
 *
 * Errors     SERVER_CLUSTER_ABSENT, those of Kafka, Redis and PostgreSQL that waiting does not mend, those of listening;
 *            nothing stays open after a failed start.
 */
export async function startRole(config: ServerConfig, options: RoleOptions = {}): Promise<RunningRole> {
  const { prepared, ...rest } = options;
  if (prepared?.isFit === true) return prepared.start(rest);
  await prepared?.[Symbol.asyncDispose]();
  const made = await PreparedRole.make(config, rest);
  return made.start(rest);
}
