import { LATENCY_KINDS } from "../../run/second.ts";
import { byName, count, list, number, object, text, yesOrNo } from "./json-schema.ts";
import type { JsonSchema, ObjectSchema } from "./json-schema.ts";

export const REPORT_FORMAT = "barrage-load-report";
export const REPORT_VERSION = 2;

const counts = (description: string): JsonSchema => byName(description, count("Occurrences."));

const latency = (description: string): ObjectSchema =>
  object(description, {
    count: count("Values."),
    mean: number("ms"),
    p50: number("ms"),
    p90: number("ms"),
    p95: number("ms"),
    p99: number("ms"),
    p999: number("99.9 %, ms"),
    max: number("ms"),
  });

const verdictOfViewers = (description: string): ObjectSchema =>
  object(description, {
    viewers: count("Viewers; 0 when the run was stopped before their verdict."),
    expected: count("Records that they should have received, all viewers together."),
    received: count("Distinct acknowledged records that they received."),
    lost: count("Expected, never received, never announced as withheld."),
    withheld: count("Records that the server said it withheld."),
    doubles: count("Records that came again."),
    disordered: count("Records that came after one with a later place."),
    gaps: count("Gaps that the server announced."),
    chainBreaks: count("Batches whose `prev` was not the place before."),
  });

const KIND_SAYS: Readonly<Record<(typeof LATENCY_KINDS)[number], string>> = {
  delivery: "From the moment a send was due to its receipt by a viewer.",
  ack: "From the moment a send was due to its acknowledgement.",
  connect: "From a viewer's start to connect to being in the room.",
  login: "Of a user's login.",
  catchUp: "From the start of coming back to having what was newest then.",
};

const byKind = (of: (says: string) => JsonSchema): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(LATENCY_KINDS.map((kind) => [kind, of(KIND_SAYS[kind])] as const));

const point: JsonSchema = {
  type: "array",
  description: "Percent of the values, and the largest of them in ms.",
  prefixItems: [number("Percent."), number("ms")],
  items: false,
};

const effort = object("How the busiest worker fared.", {
  cpu: number("Share of one core."),
  loopDelayP99Ms: number("Event-loop delay, ms."),
  loopDelayMaxMs: number("Event-loop delay, ms."),
  sendLagMaxMs: number("Longest time between due and sent, ms."),
});

const second = object("One second of all workers together.", {
  second: count("Whole seconds since the first send was due; -1 is everything before it."),
  invalid: list("Why the generator could not keep up; empty when it could.", text("A reason.")),
  published: count("Sends."),
  acked: count("Acknowledgements."),
  refused: count("Refusals."),
  errors: counts("Refusals by code, closed connections as `closed 4001`, faults by name."),
  delivered: count("Records received, all viewers together."),
  connections: count("Open at the end of the second."),
  p50: number("Send to receive, ms; 0 where nothing was received."),
  p95: number("ms"),
  p99: number("ms"),
  max: number("ms"),
  ackP99: number("Send to acknowledgement, ms; 0 where nothing was acknowledged."),
  effort,
});

const serverSecond = object(
  "One second by the server's own metrics.",
  {
    second: count("As in the timeline."),
    cpu: number("Cores in use."),
    residentBytes: number("Resident memory."),
    heapUsedBytes: number("JavaScript heap in use."),
    loopDelayP99Ms: number("Event-loop delay."),
    connections: number("Connections by its own count."),
    metrics: byName("Whatever else was asked for.", number("By the metric's name.")),
  },
  ["cpu", "residentBytes", "heapUsedBytes", "loopDelayP99Ms", "connections", "metrics"],
);

const room = object(
  "What became of one room.",
  {
    room: text("Its name; empty for all rooms together that are not told apart."),
    published: count("Sends."),
    acked: count("Acknowledgements."),
    delivered: count("Records received."),
    latency: latency("Send to receive, within 1 %, of the seconds in which the worker that saw it kept up."),
    audience: verdictOfViewers("What its viewers got; absent when that is not known."),
  },
  ["audience"],
);

const verdict = object(
  "A threshold and what became of it.",
  {
    measure: text("Name of the measure."),
    sign: text("`<`, `<=`, `>` or `>=`."),
    limit: number("Latencies in ms."),
    value: number("Absent when the run has no such measure."),
    holds: yesOrNo("False fails the run."),
  },
  ["value"],
);

const stopped = object("What ended the run before its time, where a condition of the plan did.", {
  condition: object("The condition.", {
    measure: text("Name of the figure."),
    sign: text("`<` or `>`."),
    limit: number("On this side of it the run ends."),
    seconds: count("In a row."),
  }),
  second: count("The last of them."),
  value: number("Its figure."),
});

/** Everything in a report: reading checks by it, the reference page is made from it. */
export const REPORT_SCHEMA: ObjectSchema = object(
  "A report of `barrage load`. Latencies in ms.",
  {
    format: { const: REPORT_FORMAT, description: "Tells a report from other JSON." },
    version: { const: REPORT_VERSION, description: "Of the format; another one is refused." },
    plan: object("The run's exact plan: what else stands in it is in the page on scenarios.", {
      scenario: text("Name of the scenario."),
      protocol: text("What was spoken."),
      host: text("Of the server."),
      port: count("Of the server."),
      run: text("Name of the run, in every text it published."),
      seed: number("Of everything random."),
      rooms: list("Rooms, the one with the most viewers first.", text("Name.")),
      viewers: count("Connections that watched."),
    }),
    workers: count("Processes that made the load."),
    lostWorkers: list(
      "Workers that went before the end.",
      object("A worker.", {
        worker: count("Number."),
        code: text("Of its error."),
        message: text("Of its error."),
        lastSecond: count("The last second it told of."),
      }),
    ),
    clocks: list(
      "How well each worker knew the time.",
      object("A worker.", {
        worker: count("Number."),
        errorMs: number("Largest bound of its error."),
        driftMs: number("How far its clock went."),
      }),
    ),
    machine: object("Where the generator ran.", {
      node: text("Version of Node."),
      platform: text("System and processor."),
      cpus: count("Processors it may use."),
      cpuModel: text("By its own name."),
      memoryBytes: number("Of the machine."),
    }),
    startedAt: text("Of the first send, ISO 8601."),
    isComplete: yesOrNo("False when the run was stopped before its end."),
    stopped,
    published: count("Sends."),
    acked: count("Acknowledgements."),
    delivered: count("Records received, all viewers together."),
    refused: counts("Refused sends by code."),
    closed: counts("Closed connections by close code."),
    faults: counts("Faults of the stream by name."),
    audience: verdictOfViewers("What all viewers got."),
    rooms: list("The first 100 rooms of the plan, and the others together.", room),
    latencies: object("Of the seconds in which the generator kept up.", byKind(latency)),
    latenciesWithInvalid: object("Each kind, of all seconds.", byKind(latency)),
    curves: object(
      "Distributions of the same seconds.",
      byKind((says) => list(says, point)),
      LATENCY_KINDS,
    ),
    sample: object("Contents that were compared.", {
      share: number("Of the frames, as the plan asked."),
      records: count("Compared."),
      wrong: count("Not as they were sent."),
    }),
    invalidSeconds: count("Seconds in which the generator could not keep up."),
    timeline: list("Second by second.", second),
    server: list("Second by second by the server's own metrics; empty where none were read.", serverSecond),
    serverSource: text("Where these came from, or why there are none."),
    verdicts: list("What the run was judged by.", verdict),
  },
  ["stopped"],
);
