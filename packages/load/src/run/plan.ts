import { loadError } from "../errors.ts";
import type { PublishOver } from "../protocol/adapter.ts";
import { protocolNamed } from "../protocol/protocols.ts";
import type { Popularity } from "../random/popularity.ts";
import type { Stage } from "../schedule/arrivals.ts";
import { arrivalsOf } from "../schedule/plan-arrivals.ts";
import type { Recording } from "../schedule/plan-arrivals.ts";
import type { StopCondition } from "./stop-condition.ts";

/** Every connection of this share of viewers is cut at that moment, all at once; they come back. */
export interface Storm {
  /** Seconds after the start. */
  readonly at: number;
  /** From 0 to 1. */
  readonly share: number;
  /** Each makes its attempt at a moment of its own in this time; absent: one after the other, as fast as they are let in. */
  readonly withinMs?: number;
}

/** Viewers who read only part of the time. */
export interface SlowViewers {
  /** From 0 to 1. */
  readonly share: number;
  readonly pauseMs: number;
  readonly readMs: number;
}

/** Viewers who leave their room and enter one again, over and over, each at moments of its own. */
export interface ComeAndGo {
  /** From 0 to 1. */
  readonly share: number;
  /** On average; each time between half and one and a half of it is drawn. */
  readonly stayMs: number;
  readonly awayMs: number;
  /** Into a room drawn by popularity each time; otherwise into the same one. */
  readonly elsewhere: boolean;
}

/** Viewers who are there for a part of the run only. Units: seconds after the start. */
export interface Crowd {
  /** From 0 to 1. */
  readonly share: number;
  /** Absent: there from the beginning. */
  readonly comesAt?: number;
  /** Absent: there to the end. */
  readonly leavesAt?: number;
}

/** Everything a run does. Plain data: it travels to worker processes and stands in the report. */
export interface LoadPlan {
  readonly scenario: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  /** Name of the run, in every text it publishes: lower-case letters and digits. */
  readonly run: string;
  readonly seed: number;
  readonly rooms: readonly string[];
  readonly viewers: number;
  /** How viewers are spread over rooms. */
  readonly popularity: Popularity;
  /** How danmaku are spread over rooms. */
  readonly talk: Popularity;
  readonly stages: readonly Stage[];
  /** Sends at the moments of a file, instead of the stages'. */
  readonly recording?: Recording;
  /** How danmaku are spread over users; absent: in turns. */
  readonly talkers?: Popularity;
  /** Absent: the protocol's first way. */
  readonly publishOver?: PublishOver;
  /** Where users log in and publish, of a server whose roles have addresses of their own; absent: where viewers connect. */
  readonly publishAt?: { readonly host: string; readonly port: number };
  /** Who publish, in turns. */
  readonly users: number;
  /** Longest text in characters, the mark at its start aside; each has from none to this. Absent: 30. */
  readonly textMax?: number;
  /** Connections a worker publishes over. */
  readonly lanes: number;
  readonly connectPerSecond: number;
  readonly heartbeatMs: number;
  /** Share of known batches whose contents are compared. */
  readonly sampleShare: number;
  /** Longest wait after the last send for its answer and its deliveries. */
  readonly drainMs: number;
  readonly storms: readonly Storm[];
  readonly slow: SlowViewers;
  readonly comeAndGo?: ComeAndGo;
  readonly crowds?: readonly Crowd[];
  /** What ends the sends before their time. */
  readonly stopWhen?: readonly StopCondition[];
  /** Local addresses to connect from, in turns; none is the system's choice. */
  readonly sources: readonly string[];
}

/** Connections that one local address makes at most: a server counts them by address, and ports end at 28,000. */
const PER_SOURCE = 150;
const SOURCES_MAX = 250;

/** Addresses of the loopback network for so many connections; none where one is enough or the server is elsewhere. */
export function loopbackSources(host: string, connections: number): readonly string[] {
  if (!host.startsWith("127.") || connections <= PER_SOURCE) return [];
  const count = Math.min(SOURCES_MAX, Math.ceil(connections / PER_SOURCE));
  return Array.from({ length: count }, (_, index) => `127.0.0.${index + 2}`);
}

const MOST = 1_000_000;

/** Errors: LOAD_BAD_PLAN. */
export function checkPlan(plan: LoadPlan): LoadPlan {
  const refuse = (what: string): never => {
    throw loadError("LOAD_BAD_PLAN", { what });
  };
  if (!/^[0-9a-z]{1,12}$/.test(plan.run)) refuse("a run's name has 1 to 12 lower-case letters and digits");
  if (plan.rooms.length === 0) refuse("there is no room");
  const { viewers, users, lanes, textMax = 1 } = plan;
  const counts = { viewers, users, lanes, textMax };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1 || count > MOST)
      refuse(`${name} is a whole number from 1 to ${MOST}, not ${count}`);
  }
  if (!(plan.connectPerSecond > 0)) refuse("connectPerSecond is above 0");
  const shares = [plan.sampleShare, plan.slow.share, plan.comeAndGo?.share ?? 0].concat(
    [...plan.storms, ...(plan.crowds ?? [])].map(({ share }) => share),
  );
  if (shares.some((share) => !(share >= 0 && share <= 1))) refuse("a share is from 0 to 1");
  const spans = [plan.slow.pauseMs, plan.slow.readMs, plan.heartbeatMs].concat(
    plan.comeAndGo === undefined ? [] : [plan.comeAndGo.stayMs, plan.comeAndGo.awayMs],
    plan.storms.flatMap(({ withinMs = [] }) => withinMs),
  );
  if (spans.some((ms) => !(ms > 0 && Number.isFinite(ms)))) refuse("a time that something takes is above 0");
  const moments = plan.storms.map(({ at }) => at);
  for (const { comesAt = 0, leavesAt = Infinity } of plan.crowds ?? []) {
    moments.push(comesAt);
    if (!(leavesAt > comesAt)) refuse("a crowd leaves after it has come");
  }
  if (moments.some((at) => !(at >= 0))) refuse("a moment of the run is 0 or later");
  const { name, publishes } = protocolNamed(plan.protocol);
  if (plan.publishOver !== undefined && !publishes.includes(plan.publishOver))
    refuse(`${name} publishes over ${publishes.join(" or ")}, not ${plan.publishOver}`);
  arrivalsOf(plan);
  return plan;
}
