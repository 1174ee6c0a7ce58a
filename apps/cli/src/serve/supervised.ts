import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServerConfig } from "@barrage/server";
import { superviseRole as keepUp } from "@barrage/server/light";
import type { Logger } from "@barrage/server/light";
import type { Surroundings } from "../command.ts";

/** What a role's process runs, as source or as published. */
const PROGRAM = fileURLToPath(new URL(`../role-process${extname(import.meta.url)}`, import.meta.url));

/** Does this process only keep another up, which is the role? */
export const keepsRole = ({ cluster }: ServerConfig, { supervised }: Surroundings): boolean =>
  cluster.role !== "embedded" && cluster.supervised && supervised === undefined;

/** Runs the role of this command line in a process below this one. Resolves to its exit code, once `ctx` is cancelled. */
export const superviseRole = (
  config: ServerConfig,
  log: Logger,
  { env, ctx }: Surroundings,
): Promise<number> =>
  keepUp(config, { program: { file: PROGRAM, args: process.argv.slice(2) }, env, log }, ctx);
