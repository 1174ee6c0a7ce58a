import { Latencies } from "../measure/latencies.ts";
import type { LatencySummary } from "../measure/latencies.ts";
import type { AudienceVerdict, GroupVerdict } from "../run/audience-verdict.ts";
import { ROOM_DIGITS } from "../run/room-tally.ts";
import type { RoomFigures } from "../run/room-tally.ts";

/** What became of one room. */
export interface RoomReport {
  /** Empty for all rooms together that are not told apart. */
  readonly room: string;
  readonly published: number;
  readonly acked: number;
  readonly delivered: number;
  /** Absent when the run was stopped before its end. */
  readonly audience?: GroupVerdict;
  /** Of the seconds in which the generator kept up; within 1 %. */
  readonly latency: LatencySummary;
}

interface Sum {
  published: number;
  acked: number;
  delivered: number;
  readonly latencies: Latencies;
}

/** Adds the workers' rooms up. */
export class RoomSums {
  readonly #rooms = new Map<string, Sum>();

  add(rooms: Readonly<Record<string, RoomFigures>>): void {
    for (const [room, { published, acked, delivered, delivery }] of Object.entries(rooms)) {
      const sum = this.#rooms.get(room) ?? {
        published: 0,
        acked: 0,
        delivered: 0,
        latencies: new Latencies(ROOM_DIGITS),
      };
      this.#rooms.set(room, sum);
      sum.published += published;
      sum.acked += acked;
      sum.delivered += delivered;
      sum.latencies.merge(delivery);
    }
  }

  /** Each room, in the order in which the workers name them. */
  report(audience: AudienceVerdict): readonly RoomReport[] {
    const verdicts = new Map(Object.entries(audience.rooms));
    return [...this.#rooms].map(([room, { published, acked, delivered, latencies }]) => {
      const verdict = verdicts.get(room);
      const latency = latencies.summary;
      return {
        room,
        published,
        acked,
        delivered,
        latency,
        ...(verdict === undefined ? {} : { audience: verdict }),
      };
    });
  }
}
