import { loopbackSources, planOf } from "@barrage/load";
import type { LoadPlan } from "@barrage/load";
import type { Contender } from "./contenders.ts";
import type { BenchServer } from "./server-process.ts";

/** A load to be looked at. Units: `rate` is danmaku per second of all rooms together. */
export interface Workload {
  readonly rooms: number;
  readonly viewers: number;
  readonly rate: number;
  /** Those who talk do so over connections of their own, a viewer's each; absent: over HTTP, whoever they are. */
  readonly speakers?: number;
}

/** A load that servers are compared under, whole and quick, and what it takes to hold it. */
export interface Comparison {
  readonly whole: Workload;
  readonly quick: Workload;
  /** Of those that batch, ms. */
  readonly windowMs: number;
  /** The most that send to receive may take, at this percentile, ms. */
  readonly bar: { readonly percentile: "p95" | "p99"; readonly ms: number };
}

const BAR = { percentile: "p95", ms: 43 } as const;

/** The comparisons at the highest rate each server holds. */
export const COMPARISONS = {
  a: {
    whole: { rooms: 1, viewers: 1_000, rate: 1_200, speakers: 20 },
    quick: { rooms: 1, viewers: 200, rate: 300, speakers: 10 },
    windowMs: 25,
    bar: BAR,
  },
  b: {
    whole: { rooms: 100, viewers: 10_000, rate: 2_000, speakers: 100 },
    quick: { rooms: 10, viewers: 300, rate: 200, speakers: 10 },
    windowMs: 25,
    bar: BAR,
  },
  c: {
    whole: { rooms: 1, viewers: 10_000, rate: 100, speakers: 10 },
    quick: { rooms: 1, viewers: 1_000, rate: 50, speakers: 10 },
    windowMs: 150,
    bar: { percentile: "p99", ms: 250 },
  },
  f: {
    whole: { rooms: 10, viewers: 2_000, rate: 2_000, speakers: 20 },
    quick: { rooms: 4, viewers: 80, rate: 100, speakers: 4 },
    windowMs: 10,
    bar: BAR,
  },
} as const satisfies Readonly<Record<string, Comparison>>;

/** Batching window of what is no comparison at the highest rate, ms. */
export const WINDOW_MS = 25;

/**
 * Viewers who only sit there, and the time after which memory is read, s. The few are thousands, since V8's young
 * generation grows in the first of them, once for a process; it collects what is quiet after some 8 s.
 */
export const IDLE = {
  whole: { few: 5_000, many: 15_000, seconds: 20 },
  quick: { few: 50, many: 500, seconds: 4 },
} as const;

const two = (rooms: number): Workload => ({ rooms, viewers: rooms * 2, rate: 500 });
const one = (viewers: number, rate: number): Workload => ({ rooms: 1, viewers, rate });
/** One thing grows, the rest stays: viewers of a room at its rate, then rooms of two at the rate of all together. */
export const GROWTH = {
  whole: {
    viewers: [one(1, 100), one(100, 100), one(1_000, 100), one(10_000, 100)],
    rooms: [two(1), two(50), two(500), two(5_000)],
  },
  quick: { viewers: [one(1, 50), one(50, 50), one(500, 50)], rooms: [two(1), two(100)] },
} as const;

const USERS = 200;
/** A server must take this many handshakes a second: none of these measures them. */
const CONNECT_PER_SECOND = 2_000;
/** What has not arrived by then, ms, is lost: a server that holds its rate has nothing left to send. */
const DRAIN_MS = 3_000;
const SEED = 1;

export function planFor(
  { protocol }: Contender,
  { host, port }: BenchServer,
  run: string,
  { rooms, viewers, rate, seconds, speakers }: Workload & { readonly seconds: number },
): LoadPlan {
  const choice = { protocol, host, port, run, seed: SEED, viewers, rate, seconds, users: speakers ?? USERS };
  return {
    ...planOf("live-room", choice),
    ...(speakers === undefined ? {} : { publishOver: "websocket" as const }),
    rooms: Array.from({ length: rooms }, (_, index) => `room-${index}`),
    connectPerSecond: CONNECT_PER_SECOND,
    drainMs: DRAIN_MS,
    sources: loopbackSources(host, viewers + (speakers ?? 0)),
  };
}

/** Viewers in one room, and one danmaku a second in another. */
export const idlePlan = (
  contender: Contender,
  server: BenchServer,
  viewers: number,
  seconds: number,
): LoadPlan => ({
  ...planFor(contender, server, "idle", { rooms: 2, viewers, rate: 1, seconds }),
  popularity: { kind: "recorded", counts: [1, 0] },
  talk: { kind: "recorded", counts: [0, 1] },
});
