import type { Random } from "../random/random.ts";
import { lineThrough, slopeBand } from "./bootstrap.ts";
import type { Band } from "./bootstrap.ts";

/** Bytes that each further connection adds to the server's resident memory. */
export interface MemoryFit {
  readonly kind: "memory";
  readonly perConnection: Band;
  /** With no connection, bytes. */
  readonly baseBytes: number;
  readonly readings: number;
  readonly connections: number;
}

export interface NoMemory {
  readonly kind: "no memory";
  readonly why: string;
}

/** Fewer readings than this make a slope that the next collection of garbage turns around. */
export const READINGS_MIN = 8;
/** Fewer connections than this are lost in the noise of a heap of some 100 MB. */
export const CONNECTIONS_MIN = 200;
/** Share of the connections that warm the server's buffers up and are left out. */
const WARM_UP_SHARE = 0.2;

type Reading = readonly [connections: number, bytes: number];

/** Memory by connection: the slope of a line through readings taken while connections were made. */
export function memoryFit(readings: readonly Reading[], random: Random): MemoryFit | NoMemory {
  const most = Math.max(0, ...readings.map(([connections]) => connections));
  const warm = readings.filter(([connections]) => connections >= most * WARM_UP_SHARE);
  if (most < CONNECTIONS_MIN) return { kind: "no memory", why: `only ${most} connections were made` };
  if (warm.length < READINGS_MIN)
    return { kind: "no memory", why: `only ${warm.length} readings of the server's memory` };
  const line = lineThrough(warm);
  if (line === undefined || line.slope <= 0)
    return { kind: "no memory", why: "the server's memory did not grow with its connections" };
  return {
    kind: "memory",
    perConnection: slopeBand(warm, line, random),
    baseBytes: Math.max(0, line.intercept),
    readings: warm.length,
    connections: most,
  };
}
