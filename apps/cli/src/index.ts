export { run, version } from "./program.ts";
export type { Surroundings } from "./command.ts";
export type { Terminal } from "./terminal.ts";
export { CLI_ERRORS } from "./errors.ts";
