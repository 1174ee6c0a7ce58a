import type { Context } from "@barrage/kernel";
import type { EngineEvent } from "./events.ts";
import type { GatewaySource } from "./gateway-source.ts";
import { LocalGateway } from "./gateway/gateway.ts";
import type { Lateness, ProcessMeter } from "./gateway/meter.ts";
import type { EngineSettings } from "./settings.ts";
import type { Tracing } from "./tracing/tracing.ts";

export interface GatewayOptions {
  readonly source: GatewaySource;
  readonly settings: EngineSettings;
  /** Parent of every task of the gateway; its clock is the gateway's clock. */
  readonly ctx: Context;
  readonly onEvent: (event: EngineEvent) => void;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Absent: an event loop that is never busy and never late. */
  readonly meter?: ProcessMeter;
}

/** Where nothing measures the process: the gateway's own clock, and an event loop that is never busy and never late. */
export const meterOf = ({ meter, ctx: { clock } }: Pick<GatewayOptions, "meter" | "ctx">): ProcessMeter =>
  meter ?? { now: () => clock.now(), busyMs: () => 0, cpuMs: () => 0, lateness: () => NEVER_LATE };

const NEVER_LATE: Lateness = { timers: 0, ms: 0 };

/** Starts the half of an engine that has the viewers: rooms' connections and fan-out. */
export function startGatewayHalf(options: GatewayOptions): LocalGateway {
  const { source, settings, onEvent, random, tracing, ctx } = options;
  return new LocalGateway({ source, settings, meter: meterOf(options), onEvent, random, tracing }, ctx);
}
