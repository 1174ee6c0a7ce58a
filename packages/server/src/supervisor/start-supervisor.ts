import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { background, systemClock } from "@barrage/kernel";
import { createAuthority } from "../auth/authority.ts";
import type { ServerConfig } from "../config/schema.ts";
import type { Logger } from "../telemetry/logger.ts";
import { makeServer } from "../roles/listen.ts";
import { readCpuTimes } from "./cpu-times.ts";
import { probeReusePort, vacantPort } from "./ports.ts";
import { ForkStarter } from "./process-starter.ts";
import type { ProgramOptions } from "./process-starter.ts";
import { Supervisor } from "./supervisor.ts";
import type { WorkersAddress } from "./supervisor.ts";

export interface StartSupervisorOptions {
  /** Of each process; it calls `runProcess`. */
  readonly program: ProgramOptions;
  /** Reads the configuration again, for a restart of all. Errors: SERVER_CONFIG_INVALID, SERVER_CONFIG_UNREADABLE. */
  readonly readConfig: () => ServerConfig;
  readonly log: Logger;
  readonly webRoot?: string;
  readonly pid: number;
  /** Absent: whether the kernel can is tried. */
  readonly reusePort?: boolean;
}

export interface RunningSupervisor {
  readonly address: WorkersAddress;
  /** For moderator links; absent in production. */
  readonly devKey: string | undefined;
  /** Gateway processes that there should be now. */
  readonly workers: number;
  /** Do the processes share the port by the kernel, or one listener by the cluster module? */
  readonly reusePort: boolean;
  /** Reads the configuration again and restarts all processes one by one. Never throws: a bad one is logged. */
  reload(): void;
  /** Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Kills what is left. */
  force(): void;
}

/**
 * The server as several processes: one owner, and as many gateway workers as the configuration says.
 *
 * Errors     those of listening, SERVER_TLS_UNREADABLE, SERVER_DATA_UNWRITABLE; SERVER_PROCESS_FAILED with what kept a process from coming up; then nothing stays.
 */
export async function startSupervisor(
  config: ServerConfig,
  options: StartSupervisorOptions,
): Promise<RunningSupervisor> {
  const { program, readConfig, log, webRoot, pid } = options;
  // What can be found wrong is found before there is any process; those find the development issuer's secrets made.
  makeServer(config.server);
  const { devKey } = createAuthority(config, systemClock);
  const reusePort = options.reusePort ?? (await probeReusePort());
  const { host, port, subPort } = config.server;
  // Where the kernel shares the port, the first worker may choose; a shared listener has to be asked for by its port.
  const known = (wanted: number): Promise<number> | undefined =>
    wanted !== 0 || !reusePort ? vacantPort(host, wanted) : undefined;
  const listens = { port: await known(port), subPort: subPort === null ? undefined : await known(subPort) };
  // Only this user may look into it. Its path is short: that of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), "barrage-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const supervisor = await Supervisor.start({
      config,
      readConfig,
      starter: new ForkStarter({ ...program, reusePort, spare: config.workers.spare }),
      socketPath: join(folder, "owner.sock"),
      reusePort,
      listens,
      log,
      cpuTimes: readCpuTimes,
      parallelism: availableParallelism(),
      pid,
      root: background,
      ...(webRoot === undefined ? {} : { webRoot }),
    });
    return {
      get address() {
        return supervisor.address;
      },
      get workers() {
        return supervisor.workers;
      },
      devKey,
      reusePort,
      reload: () => supervisor.reload(),
      close: () => supervisor.close().finally(remove),
      force: () => supervisor.force(),
    };
  } catch (error) {
    remove();
    throw error;
  }
}
