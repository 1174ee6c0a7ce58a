import { background } from "@barrage/kernel";
import type { Logger } from "../telemetry/logger.ts";
import { runChild } from "./child.ts";
import { processPort } from "./process-port.ts";
import { startRole } from "./roles.ts";

/**
 * The owner or a gateway worker, whichever the supervisor of this process says. Resolves to the exit code.
 *
 * Errors     none: they are in the log, and with the supervisor.
 */
export const runProcess = (self: NodeJS.Process, logOf: (level: string) => Logger): Promise<number> =>
  runChild({ port: processPort(self), logOf, startRole, root: background });
