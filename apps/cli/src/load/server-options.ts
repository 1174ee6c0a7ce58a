import type { ArgsDef } from "citty";
import type { ServerSource } from "@barrage/load";
import type { Values } from "../command.ts";
import { usageError } from "../errors.ts";

/** Where the server's own figures are read, beside the measured ones. */
export const SERVER_ARGS = {
  metrics: {
    type: "string",
    description:
      "The server's metrics (Prometheus text), read each second; off: none (default <url>/metrics)",
    valueHint: "URL",
  },
  "metrics-token": {
    type: "string",
    description: "Bearer token for them (default none)",
    valueHint: "TOKEN",
  },
  "server-pid": {
    type: "string",
    description:
      "Processes whose CPU and memory are read from /proc, as 123,124; off: none (default: who listens on the port, if on this machine)",
    valueHint: "PIDS",
  },
} as const satisfies ArgsDef;

const isThisMachine = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || host.startsWith("127.");

/** Errors: CLI_USAGE. */
export function serverSourceOf(values: Values, url: URL): ServerSource {
  const metrics = values.text("metrics") ?? new URL("/metrics", url).href;
  if (metrics !== "off" && !/^https?:$/.test(URL.parse(metrics)?.protocol ?? ""))
    throw usageError(`--metrics must be an http address, or off, not ${metrics}`);
  const token = values.text("metrics-token");
  const processes = processesOf(values.text("server-pid"), url);
  return {
    ...(metrics === "off" ? {} : { metricsUrl: metrics }),
    ...(token === undefined ? {} : { token }),
    ...(processes === undefined ? {} : { processes }),
  };
}

function processesOf(text: string | undefined, url: URL): ServerSource["processes"] {
  if (text === undefined)
    return isThisMachine(url.hostname) ? { port: Number(url.port === "" ? 80 : url.port) } : undefined;
  if (text === "off") return undefined;
  if (!/^\d{1,9}(?:,\d{1,9})*$/.test(text))
    throw usageError(`--server-pid must be like 123 or 123,124, or off, not ${text}`);
  return text.split(",").map(Number);
}
