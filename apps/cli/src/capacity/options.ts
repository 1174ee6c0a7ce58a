import { availableParallelism, totalmem } from "node:os";
import type { ArgsDef } from "citty";
import type { CapacitySettings } from "@barrage/load";
import { PROTOCOLS } from "@barrage/load";
import type { ServerConfig } from "@barrage/server";
import type { Values } from "../command.ts";
import { usageError } from "../errors.ts";
import { wholeNumber } from "../options.ts";

const MOST = 1_000_000;
const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30 };
const GROWTH = { min: 1.05, max: 10 } as const;
/** Each may publish five a second by the server's defaults. */
const USERS = 1_000;

const text = (description: string, valueHint: string) =>
  ({ type: "string", description, valueHint }) as const;

export const CAPACITY_ARGS = {
  url: text("Server to measure; without one, a server of its own is started", "URL"),
  config: text("Config file of the server, and what the recommended settings are added to", "FILE"),
  "server-pid": text("Process of the server on this machine, for its CPU and memory", "PID"),
  "admin-token": text("Bearer token of the server's /metrics (server.adminToken)", "TOKEN"),
  protocol: text(`${PROTOCOLS.join(", ")} (default barrage)`, "NAME"),
  grow: text("What is stepped up: rate (default) or viewers", "rate|viewers"),
  viewers: text("Viewers, when the rate grows (default 100)", "N"),
  rate: text("Danmaku per second, when viewers grow (default 50)", "N"),
  users: text(`Who publish, in turns (default ${USERS})`, "N"),
  start: text("First load (default 100)", "N"),
  growth: text("Each load is so many times the one before (default 1.6)", "RATIO"),
  "max-load": text("Largest load to try (default 20000)", "N"),
  step: text("Length of a step, seconds (default 6)", "N"),
  "warm-up": text("Beginning of each step that is not counted, seconds (default 2)", "N"),
  hold: text("How long the result is held, seconds (default 20)", "N"),
  "max-p99": text("Limit of delivery and ack at the 99th percentile, ms (default 250)", "MS"),
  "max-cpu": text("Limit of the server's CPU, percent of a core (default 90)", "PERCENT"),
  "max-loop-delay": text("Limit of the server's event-loop delay, ms (default 100)", "MS"),
  "max-errors": text("Limit of refused danmaku and lost connections, percent (default 1)", "PERCENT"),
  "max-left-over": text(
    "Limit of danmaku without answer or delivery at a step's end, percent (default 5)",
    "PERCENT",
  ),
  probe: text("Quiet connections that memory is measured with (default 2000; 0 leaves it out)", "N"),
  workers: text("Processes that make the load (default 1)", "N"),
  safety: text("Factor of the queue capacities (default 2)", "N"),
  cores: text("Cores of the machine to estimate (default: this one's)", "N"),
  mem: text("Memory of the machine to estimate, as 16G or 512M (default: this one's)", "SIZE"),
  seed: text("Seed of everything random (default 1)", "N"),
  json: text("Write the report as JSON", "FILE"),
  "write-config": text("Write the recommended settings, for barrage serve --config", "FILE"),
  quiet: { type: "boolean", description: "Only the report, nothing while it runs" },
} as const satisfies ArgsDef;

function memory(given: string | undefined): number {
  if (given === undefined) return totalmem();
  const [, count, unit = ""] = /^(\d{1,6})([MG])$/.exec(given) ?? [];
  const bytes = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (bytes > 0) return bytes;
  throw usageError(`--mem must be like 16G or 512M, not ${given}`);
}

function growth(given: string | undefined): number {
  const value = given === undefined ? 1.6 : /^\d{1,2}(\.\d{1,3})?$/.test(given) ? Number(given) : Number.NaN;
  if (value >= GROWTH.min && value <= GROWTH.max) return value;
  throw usageError(`--growth must be a number from ${GROWTH.min} to ${GROWTH.max}, not ${given ?? ""}`);
}

function grown(given: string | undefined): "rate" | "viewers" {
  if (given === undefined || given === "rate") return "rate";
  if (given === "viewers") return "viewers";
  throw usageError(`--grow must be rate or viewers, not ${given}`);
}

/** What is measured how, but for the server's address. */
export type CapacityChoice = Omit<CapacitySettings, "host" | "port">;

/** Errors: CLI_USAGE. */
export function choiceOf(values: Values, { engine }: ServerConfig): CapacityChoice {
  const whole = (name: keyof typeof CAPACITY_ARGS, standard: number, [min, max]: readonly [number, number]) =>
    wholeNumber(name, values.text(name) ?? String(standard), { min, max });
  const protocol = values.text("protocol") ?? "barrage";
  if (!PROTOCOLS.includes(protocol))
    throw usageError(`--protocol must be one of ${PROTOCOLS.join(", ")}, not ${protocol}`);
  const grow = grown(values.text("grow"));
  return {
    protocol,
    grow,
    fixed: grow === "rate" ? whole("viewers", 100, [1, MOST]) : whole("rate", 50, [1, MOST]),
    shape: {
      start: whole("start", 100, [1, MOST]),
      growth: growth(values.text("growth")),
      max: whole("max-load", 20_000, [1, MOST]),
    },
    users: whole("users", USERS, [1, MOST]),
    warmUpSeconds: whole("warm-up", 2, [0, 3_600]),
    stepSeconds: whole("step", 6, [2, 3_600]),
    holdSeconds: whole("hold", 20, [2, 86_400]),
    probeConnections: whole("probe", 2_000, [0, MOST]),
    limits: {
      p99Ms: whole("max-p99", 250, [1, 600_000]),
      cpu: whole("max-cpu", 90, [1, 100_000]) / 100,
      loopDelayMs: whole("max-loop-delay", 100, [1, 600_000]),
      errorShare: whole("max-errors", 1, [0, 100]) / 100,
      leftOverShare: whole("max-left-over", 5, [0, 100]) / 100,
    },
    safety: whole("safety", 2, [1, 100]),
    machine: {
      cores: whole("cores", availableParallelism(), [1, 4_096]),
      memoryBytes: memory(values.text("mem")),
    },
    current: {
      flushMinMs: engine.flush.minMs,
      outboundHighBytes: engine.outbound.highBytes,
      outboundProcessBytes: engine.outbound.processBytes,
    },
    seed: whole("seed", 1, [1, 4_294_967_295]),
  };
}
