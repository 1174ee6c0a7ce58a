import type { ServerConfig } from "./schema.ts";

/** A rule between settings. Asked only when each of `paths` is valid by itself; answers what is wrong. */
export interface CrossRule {
  readonly paths: readonly string[];
  readonly check: (config: ServerConfig) => string | undefined;
}
