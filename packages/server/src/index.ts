// ---- configuration
export { resolveConfig, readConfigFile, configRows } from "./config/resolve.ts";
export type { ConfigRow, ResolvedConfig } from "./config/resolve.ts";
export type { ConfigInput } from "./config/gather.ts";
export { LEAVES } from "./config/leaves.ts";
export type { Leaf, LeafKind } from "./config/leaves.ts";
export { ConfigInvalid } from "./config/problems.ts";
export type { ConfigProblem, Source } from "./config/problems.ts";
export { configJsonSchema, configReference } from "./config/reference.ts";
export type { ServerConfig } from "./config/schema.ts";
// ---- errors
export { SERVER_ERRORS, serverError } from "./errors.ts";
export type { ServerErrorCode } from "./errors.ts";
