import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Step, StepMeasure } from "../../src/index.ts";
import { bottleneckOf } from "../../src/capacity/bottleneck.ts";
import type { BottleneckPlace } from "../../src/capacity/bottleneck.ts";
import { crossedBy, verdictOf } from "../../src/capacity/dimensions.ts";
import type { DimensionName } from "../../src/capacity/dimensions.ts";
import { latency, measure, SETTINGS } from "./models.ts";

const { limits } = SETTINGS;

const step = (changes: Partial<StepMeasure> = {}): Step => {
  const measured = measure(changes);
  const crossed = crossedBy(measured, limits).map(({ name }) => name);
  return { ...measured, phase: "up", verdict: verdictOf(measured, limits), crossed };
};

const server = (changes: StepMeasure["server"]): StepMeasure["server"] => ({
  ...measure().server,
  ...changes,
});

interface Case {
  readonly what: string;
  readonly place: BottleneckPlace;
  readonly step: Partial<StepMeasure>;
  readonly name: DimensionName;
  readonly cause: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: "a processor that is full, whatever waits for it",
    place: "process",
    step: { server: server({ cpu: 0.98, loopDelayP99Ms: 300 }), ack: latency(900), delivery: latency(990) },
    name: "server CPU",
    cause: /no processor time left/,
  },
  {
    what: "an event loop that is held by something else than work",
    place: "process",
    step: { server: server({ cpu: 0.3, loopDelayP99Ms: 140 }), delivery: latency(400) },
    name: "event-loop delay",
    cause: /something holds the event loop/,
  },
  {
    what: "an event loop whose turns wait for the processor",
    place: "process",
    step: { server: server({ cpu: 0.85, loopDelayP99Ms: 140 }) },
    name: "event-loop delay",
    cause: /processor that is 85 % busy/,
  },
  {
    what: "rate limits, also on a server that is full",
    place: "configuration",
    step: {
      errors: { BARRAGE_RATE_LIMITED: 90, HTTP_503: 3 },
      errorShare: 0.2,
      server: server({ cpu: 0.99 }),
    },
    name: "errors",
    cause: /own rate limits \(engine\.limits\).*BARRAGE_RATE_LIMITED/,
  },
  {
    what: "refusals of another kind",
    place: "outside",
    step: { errors: { HTTP_503: 30 }, errorShare: 0.02 },
    name: "errors",
    cause: /the server refuses: HTTP_503/,
  },
  {
    what: "connections that break",
    place: "outside",
    step: { errors: { CONNECTION_LOST: 30 }, errorShare: 0.02 },
    name: "errors",
    cause: /broke connections/,
  },
  {
    what: "danmaku that are lost, at once and whatever waits",
    place: "outside",
    step: { lost: 1, delivery: latency(400) },
    name: "lost",
    cause: /did not reach every viewer/,
  },
  {
    what: "viewers who get less than all",
    place: "outside",
    step: { delivered: 9_000 },
    name: "undelivered",
    cause: /less than was acknowledged/,
  },
  {
    what: "a disk that commits too slowly",
    place: "outside",
    step: { ack: latency(600), delivery: latency(620), server: server({ logQueue: 60 }) },
    name: "ack p99",
    cause: /waiting for the disk: 60 appends/,
  },
  {
    what: "an event loop on a machine whose other programs leave nothing",
    place: "outside",
    step: { server: server({ loopDelayP99Ms: 140, machine: { busy: 1.9, cores: 2 } }) },
    name: "event-loop delay",
    cause: /turns wait for the machine's processors/,
  },
  {
    what: "a machine whose other programs leave nothing",
    place: "outside",
    step: { delivery: latency(400), server: server({ machine: { busy: 1.9, cores: 2 } }) },
    name: "delivery p99",
    cause: /the machine's processors: 1\.9 of 2 cores are busy, the server's process has 0\.3/,
  },
  {
    what: "waiting nobody can see from within",
    place: "outside",
    step: { delivery: latency(400) },
    name: "delivery p99",
    cause: /outside of the server's process/,
  },
  {
    what: "waiting at a server that nobody can look into",
    place: "outside",
    step: { delivery: latency(400), server: {} },
    name: "delivery p99",
    cause: /the server's CPU was not measured/,
  },
  {
    what: "a line that only grows",
    place: "outside",
    step: { acked: 80, delivered: 8_000, server: server({ loopDelayP99Ms: 85 }) },
    name: "unanswered",
    cause: /event loop that something holds/,
  },
];

describe("the first bottleneck", () => {
  for (const { what, place, step: changes, name, cause } of CASES)
    it(`[LD-76] is named for ${what}`, () => {
      const found = bottleneckOf([step(), step({ ...changes, load: 200 })], "limit", limits);

      assert.deepEqual([found.name, found.load, found.place], [name, 200, place]);
      assert.match(found.cause, cause);
      const row = found.evidence.find(({ dimension }) => dimension === name);
      assert.equal(
        row !== undefined && row.crossed && row.value !== undefined && row.value > row.limit,
        true,
      );
      assert.equal(row?.cause, found.cause);
    });

  it("[LD-76] is that of the smallest load that crossed a limit", () => {
    const steps = [
      step({ load: 800, server: server({ cpu: 0.99 }) }),
      step({ load: 400, delivery: latency(400) }),
    ];

    assert.equal(bottleneckOf(steps, "limit", limits).name, "delivery p99");
  });

  it("[LD-76] is none, with what was measured, where every load stayed under the limits", () => {
    const found = bottleneckOf([step(), step({ load: 400 })], "max", limits);

    assert.deepEqual([found.name, found.load], ["none", undefined]);
    assert.deepEqual(
      found.evidence.map(({ dimension, crossed }) => [dimension, crossed]),
      [
        "server CPU",
        "event-loop delay",
        "errors",
        "lost",
        "undelivered",
        "ack p99",
        "delivery p99",
        "unanswered",
      ].map((each) => [each, false]),
    );
  });

  it("[LD-76] a limit is crossed above it, not at it", () => {
    const at = (cpu: number) => step({ server: server({ cpu }) }).verdict;

    assert.deepEqual([at(0.89), at(0.9), at(0.91)], ["under", "under", "over"]);
  });

  it("[LD-80] what could not be read is not judged", () => {
    const { verdict, crossed } = step({ server: {} });

    assert.deepEqual([verdict, crossed], ["under", []]);
    const found = bottleneckOf([step({ server: {} })], "max", limits);
    assert.equal(found.evidence.find(({ dimension }) => dimension === "server CPU")?.value, undefined);
  });

  it("[LD-74] a step is nothing when the generator kept up in less than half of it", () => {
    const of = (invalidSeconds: number): string =>
      step({ seconds: 4, invalidSeconds, delivery: latency(9_000) }).verdict;

    assert.deepEqual([of(1), of(2), of(3)], ["over", "over", "generator"]);
  });

  it("[LD-74] is the generator, with its own figures, where that ended the way up", () => {
    const weak = step({
      load: 400,
      invalidSeconds: 5,
      delivery: latency(9_000),
      generator: { cpu: 0.99, loopDelayP99Ms: 35, loopDelayMaxMs: 80, sendLagMaxMs: 12 },
    });

    const found = bottleneckOf([step(), weak], "generator", limits);

    assert.deepEqual([found.name, found.load], ["generator", 400]);
    assert.match(found.cause, /generator limited: in 5 of 5 s .*nothing is said of the server/);
    assert.deepEqual(
      found.evidence.map(({ dimension, value, crossed }) => [dimension, value, crossed]),
      [
        ["generator CPU", 0.99, true],
        ["generator event-loop delay", 35, true],
        ["generator send lag", 12, false],
      ],
    );
  });
});
