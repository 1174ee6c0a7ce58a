import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "@barrage/kernel";
import { instanceIdOf } from "../config/cluster-section.ts";
import type { ServerConfig } from "../config/schema.ts";
import { ForkStarter } from "../supervisor/process-starter.ts";
import type { ProgramOptions } from "../supervisor/process-starter.ts";
import type { Logger } from "../telemetry/logger.ts";
import { keepRole } from "./keep-role.ts";
import { fromRoleOf } from "./messages.ts";

export interface KeeperOptions {
  /** Of each process; it makes a `KeptRole`. */
  readonly program: ProgramOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/**
 * Runs a role of a cluster in a process below this one, and another when that ends unasked; until `ctx` is cancelled.
 * Resolves to the exit code.
 */
export async function superviseRole(
  { cluster, workers, store }: ServerConfig,
  { program, env, log }: KeeperOptions,
  ctx: Context,
): Promise<number> {
  const { role, spare } = cluster;
  const lines = log.child({ supervisor: role, instanceId: instanceIdOf(cluster) });
  const cache = cacheFolder(store.dir);
  const starter = new ForkStarter({
    ...program,
    // Who has chosen another folder, or none, has it so.
    env: { ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }), ...env },
    reusePort: true,
    spare,
    onSpare(pid, message) {
      if (fromRoleOf(message)?.type === "rehearsed")
        lines.info({ pid }, "a spare process is loaded and waits");
    },
  });
  return keepRole({ starter, respawn: workers.respawn, log: lines }, ctx);
}

/**
 * Where the processes keep their modules compiled; undefined where nothing can be kept, and they compile them each time.
 * Ours alone: what lies there is run.
 */
function cacheFolder(dataFolder: string): string | undefined {
  const folder = join(resolve(dataFolder), "compiled");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    // The folder of what is kept cannot be written: the role itself says so if it needs it.
    return undefined;
  }
}
