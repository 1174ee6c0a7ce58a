// What a command needs before it knows whether this process will be a server: none of it loads one.
// ---- configuration
export { readConfigFile, resolveConfig } from "../config/resolve.ts";
export type { ResolvedConfig } from "../config/resolve.ts";
export { LEAVES } from "../config/leaves.ts";
export { createLogger } from "../telemetry/logger.ts";
export type { Logger } from "../telemetry/logger.ts";
// ---- a role that another process keeps running
export { superviseRole } from "../kept-role/start-keeper.ts";
export type { KeeperOptions } from "../kept-role/start-keeper.ts";
export { KeptRole } from "../kept-role/kept-role.ts";
export type { Ahead, Wanted } from "../kept-role/kept-role.ts";
export type { RoleOrders } from "../kept-role/kept-role.ts";
export { processPort } from "../supervisor/process-port.ts";
