import type { Stage } from "../schedule/arrivals.ts";
import type { PublishOver } from "../protocol/adapter.ts";

/** Seconds, or a text like `500ms`, `20s`, `5m`, `1h`. */
export type Span = number | string;

/**
 * How something is spread over rooms or users: evenly; by Zipf's law (with exponent 1, or another one); in given
 * proportions; or as in danmaku files. Of files, each gives a room its number of danmaku; for `talkers`, one file
 * gives its senders' numbers, the most talkative first.
 */
export type Spread =
  | "constant"
  | "zipf"
  | { readonly zipf: number }
  | { readonly recorded: readonly number[] | readonly string[] | string };

/** What some or all viewers do during the run besides watching. Shares are from 0 to 1, moments after the first send. */
export type Behaviour =
  /**
   * Their connections are cut at that moment, all at once; they come back with the place they had: `within` a time, each
   * at its own moment of it, or else one after the other, as fast as they are let in.
   */
  | { readonly reconnect: { readonly at: Span; readonly share: number; readonly within?: Span } }
  /** They read for a while and then not, over and over. */
  | { readonly "read-slowly": { readonly share: number; readonly pause: Span; readonly read: Span } }
  /** They leave the room and enter one again, over and over; `elsewhere`: one drawn by popularity. */
  | {
      readonly "come-and-go": {
        readonly share: number;
        readonly stay: Span;
        readonly away: Span;
        readonly elsewhere?: boolean;
      };
    }
  /** They are there for a part of the run only. */
  | { readonly crowd: { readonly share: number; readonly comes?: Span; readonly leaves?: Span } };

/** A scenario file's content. Everything has a default; what the command line says wins. */
export interface Scenario {
  /** In the report's title; the file's name otherwise. */
  readonly name?: string;
  readonly protocol?: string;
  /** Seed of everything random. */
  readonly seed?: number;
  /** How many, or their names. */
  readonly rooms?: number | readonly string[];
  readonly viewers?: number;
  /** Who publish. */
  readonly users?: number;
  /** Danmaku per second, for `duration`: a short form of one stage. */
  readonly rate?: number;
  readonly duration?: Span;
  /** One after the other, as `ramp 10s 0..500, hold 60s` or a list. */
  readonly stages?: string | readonly (string | Stage)[];
  /** Sends at the moments of a danmaku file, instead of stages. Paths are relative to the scenario's file. */
  readonly arrivals?: { readonly file: string; readonly speed?: number };
  /** How viewers are spread over rooms. */
  readonly popularity?: Spread;
  /** How danmaku are spread over rooms. */
  readonly talk?: Spread;
  /** How danmaku are spread over users; in turns otherwise. */
  readonly talkers?: Spread;
  readonly publish?: PublishOver;
  /** Longest text in characters, a mark of about 25 aside; each has from none to this. */
  readonly textMax?: number;
  /** Viewers who connect in a second. */
  readonly connectPerSecond?: number;
  readonly heartbeat?: Span;
  /** Longest wait after the last send for its answer, and after that for its deliveries. */
  readonly drain?: Span;
  readonly behaviours?: readonly Behaviour[];
  /** Bars that decide the exit code, as `p99<50`. */
  readonly thresholds?: readonly string[];
  /** What ends the run before its time, as `errors>5%`. */
  readonly stopWhen?: readonly string[];
}

/** The scenario as it is: for its type, in a TypeScript file's `export default defineScenario({...})`. */
export const defineScenario = (scenario: Scenario): Scenario => scenario;
