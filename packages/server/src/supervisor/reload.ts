import type { ServerConfig } from "../config/schema.ts";

/** What all processes share, or what would make another server of this one. */
const FIXED: readonly (readonly [string, (config: ServerConfig) => unknown])[] = [
  ["mode", (config) => config.mode],
  ["demo", (config) => config.demo],
  ["server.host", (config) => config.server.host],
  ["server.port", (config) => config.server.port],
  ["server.subPort", (config) => config.server.subPort],
  ["store.dir", (config) => config.store.dir],
  ["workers.count", (config) => (config.workers.count === null ? "one process" : "several processes")],
];

/** Settings that differ and that a restart of the processes one by one cannot change. */
export const settingsFixedAtStart = (old: ServerConfig, next: ServerConfig): readonly string[] =>
  FIXED.filter(([, of]) => of(old) !== of(next)).map(([name]) => name);
