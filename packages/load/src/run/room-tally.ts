import { Latencies } from "../measure/latencies.ts";
import type { StreamCounts } from "../stream/viewer-stream.ts";

/** What became of one room's danmaku in one worker; rooms of several workers add up. */
export interface RoomFigures {
  readonly published: number;
  readonly acked: number;
  readonly delivered: number;
  /** Deliveries of the seconds in which the generator kept up, as `Latencies.take` gives them. */
  readonly delivery: string;
}

/** Rooms that are told apart; moved by the memory of their histograms, 50 kB each. */
export const ROOMS_APART_MAX = 100;
/** The name under which all further rooms count together. No room has it. */
export const OTHER_ROOMS = "";
/** Of a room's histogram: 1 % is enough to compare rooms. */
export const ROOM_DIGITS = 2;

/** Under which name each room of a plan counts: the plan's first rooms have the most viewers. */
export function roomNames(rooms: readonly string[]): (room: string) => string {
  const apart = new Set(rooms.slice(0, ROOMS_APART_MAX));
  return (room) => (apart.has(room) ? room : OTHER_ROOMS);
}

/** Counts one room's part of what `all` counts. */
export class RoomTally implements StreamCounts {
  readonly #all: StreamCounts;
  readonly #second = new Latencies(ROOM_DIGITS);
  readonly #valid = new Latencies(ROOM_DIGITS);
  published = 0;
  acked = 0;
  #delivered = 0;

  constructor(all: StreamCounts) {
    this.#all = all;
  }

  delivered(latencyMs: number): void {
    this.#delivered += 1;
    this.#second.record(latencyMs);
    this.#all.delivered(latencyMs);
  }

  deliveredTogether(at: number, dueTimes: readonly number[]): void {
    this.#delivered += dueTimes.length;
    this.#second.recordSince(dueTimes, at);
    this.#all.deliveredTogether(at, dueTimes);
  }

  deliveredLate(): void {
    this.#delivered += 1;
    this.#all.deliveredLate();
  }

  caughtUp(ms: number): void {
    this.#all.caughtUp(ms);
  }

  fault(name: string): void {
    this.#all.fault(name);
  }

  sampled(records: number, wrong: number): void {
    this.#all.sampled(records, wrong);
  }

  closed(code: number): void {
    this.#all.closed(code);
  }

  /** A second is over: its latencies count, or not. */
  endSecond(isValid: boolean): void {
    if (this.#second.count === 0) return;
    if (isValid) this.#valid.add(this.#second);
    this.#second.reset();
  }

  get figures(): RoomFigures {
    const { published, acked } = this;
    return { published, acked, delivered: this.#delivered, delivery: this.#valid.text };
  }
}
