import type { ArgsDef } from "citty";
import { readConfigFile, resolveConfig, LEAVES } from "@barrage/server/light";
import type { ResolvedConfig } from "@barrage/server/light";
import type { Surroundings, Values } from "./command.ts";

/** Short spellings that people type, and the setting each one stands for. */
const SHORT: Readonly<Record<string, string>> = {
  port: "server.port",
  host: "server.host",
  data: "store.dir",
  workers: "workers.count",
  role: "cluster.role",
  "tls-cert": "server.tls-cert",
  "tls-key": "server.tls-key",
};

/** What `--host` without an address listens on: every address of this machine. */
export const EVERY_ADDRESS = "0.0.0.0";

/** Options that every command with a configuration takes besides the derived ones. */
export const CONFIG_OPTIONS = {
  port: { type: "string", description: "Port to listen on; 0 is any free one", valueHint: "N" },
  host: {
    type: "string",
    description: "Address to listen on; without one, every address of this machine",
    valueHint: "ADDRESS",
  },
  data: {
    type: "string",
    description: "Folder of everything that is kept (default ./data)",
    valueHint: "DIR",
  },
  workers: {
    type: "string",
    description:
      "Gateway processes that share the port: a number, or auto for one less than the processors; without it one process does everything",
    valueHint: "auto|N",
  },
  role: {
    type: "string",
    description:
      "This process's part in a cluster on Kafka, Redis and PostgreSQL; without it the server is whole by itself",
    valueHint: "ingest|router|gateway|archiver|all",
  },
  config: { type: "string", description: "Config file (JSON, or YAML by its ending)", valueHint: "FILE" },
  "tls-cert": {
    type: "string",
    description: "PEM file with the certificate chain; then it is https",
    valueHint: "FILE",
  },
  "tls-key": { type: "string", description: "PEM file with the private key", valueHint: "FILE" },
} as const satisfies ArgsDef;

/** One option for each setting of the schema: `--engine.flush-window-ms`. */
export function derivedOptions(): ArgsDef {
  return Object.fromEntries(
    LEAVES.map(({ flag, kind, meta }) => [
      flag,
      {
        type: kind === "boolean" ? "boolean" : "string",
        description: meta.description,
        ...(kind === "boolean" ? {} : { valueHint: meta.unit ?? kind }),
      } as const,
    ]),
  );
}

/** Gives `--host` its address where none follows, so that the parser does not take the next option for it. */
export const withHostAddress = (rawArgs: readonly string[]): string[] =>
  rawArgs.map((argument, index) => {
    const next = rawArgs[index + 1];
    return argument === "--host" && (next === undefined || next.startsWith("-"))
      ? `--host=${EVERY_ADDRESS}`
      : argument;
  });

function flagsOf(values: Values): Record<string, string | boolean> {
  const flags: Record<string, string | boolean> = {};
  for (const { flag, kind } of LEAVES) {
    const value = kind === "boolean" ? values.switch(flag) : values.text(flag);
    if (value !== undefined) flags[flag] = value;
  }
  for (const [short, flag] of Object.entries(SHORT)) {
    const value = values.text(short);
    if (value !== undefined) flags[flag] = value;
  }
  return flags;
}

/**
 * The configuration that the options, the environment and the config file add up to.
 *
 * Errors     SERVER_CONFIG_INVALID, SERVER_CONFIG_UNREADABLE.
 */
export function configOf(values: Values, { env }: Surroundings): ResolvedConfig {
  const path = values.text("config") ?? env["BARRAGE_CONFIG"];
  return resolveConfig({
    flags: flagsOf(values),
    env,
    ...(path === undefined ? {} : { file: readConfigFile(path) }),
  });
}
