import type { LoadReport, ServerSecond } from "../../src/index.ts";
import { Timeline } from "../../src/report/timeline.ts";
import { reportOf } from "../../src/report/load-report.ts";
import { audienceOf } from "../../src/run/audience-verdict.ts";
import { RunTally } from "../../src/run/run-tally.ts";
import { planFor } from "../reference/plans.ts";

/** Sentences that would do harm in a page that took them for markup. */
export const HOSTILE = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", `"'><b>&amp;`];

export interface MadeOptions {
  readonly rooms?: readonly string[];
  readonly seconds?: number;
  /** Latency of delivery by second, ms. */
  readonly deliveryMs?: (second: number) => number;
  /** Seconds in which the generator could not keep up. */
  readonly invalid?: readonly number[];
  readonly errors?: readonly string[];
  readonly server?: readonly ServerSecond[];
  /** Stopped before the viewers' verdict. */
  readonly isStopped?: boolean;
}

const EFFORT = { cpu: 0.2, loopDelayP99Ms: 1, loopDelayMaxMs: 2, sendLagMaxMs: 1 };
const VERDICT = {
  expected: 10,
  received: 9,
  lost: 1,
  withheld: 0,
  doubles: 0,
  disordered: 0,
  gaps: 0,
  chainBreaks: 0,
};

/** A report of a run that never was: one worker, ten deliveries a second and room. */
export function madeReport(options: MadeOptions = {}): LoadReport {
  const {
    rooms = ["a"],
    seconds = 5,
    deliveryMs = () => 10,
    invalid = [],
    errors = [],
    isStopped = false,
  } = options;
  const tally = new RunTally(0, rooms);
  const timeline = new Timeline(1);
  for (let second = 0; second < seconds; second += 1) {
    for (const room of rooms) {
      const counts = tally.countsOf(room);
      tally.published(room, 0);
      tally.acked(room, 2);
      for (let time = 0; time < 10; time += 1) counts.delivered(deliveryMs(second));
    }
    for (const code of errors) tally.second.refused(code);
    timeline.add(
      tally.take({
        second,
        effort: EFFORT,
        invalid: invalid.includes(second) ? ["send lag"] : [],
        isLast: second === seconds - 1,
      }),
    );
  }
  return reportOf(timeline, {
    plan: planFor(8_080, { rooms, run: "made" }),
    workers: 1,
    startedAt: "2026-01-02T03:04:05.000Z",
    isComplete: !isStopped,
    audience: audienceOf(
      isStopped ? [] : rooms.map((room) => [tally.roomName(room), VERDICT, true] as const),
    ),
    ...(options.server === undefined ? {} : { server: options.server }),
  });
}
