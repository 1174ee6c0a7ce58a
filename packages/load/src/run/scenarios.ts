import { loadError } from "../errors.ts";
import { recordedArrivals } from "../schedule/arrivals.ts";
import { loopbackSources } from "./plan.ts";
import type { LoadPlan } from "./plan.ts";

/** What a person chooses of a built-in scenario. */
export interface ScenarioChoice {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly run: string;
  readonly seed: number;
  readonly viewers: number;
  /** Danmaku per second, all rooms together. */
  readonly rate: number;
  readonly seconds: number;
  /** Absent: as many as the plan's highest rate, for a server's limit by user. */
  readonly users?: number;
}

type Shape = Pick<LoadPlan, "rooms" | "popularity" | "talk" | "stages" | "storms" | "slow">;

export const numberedRooms = (count: number, run: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `load-${run}-${index}`);

const EVEN = { kind: "constant" } as const;
export const ALL_READ = { share: 0, pauseMs: 1_000, readMs: 1_000 } as const;

const one = ({ run, rate, seconds }: ScenarioChoice): Shape => ({
  rooms: numberedRooms(1, run),
  popularity: EVEN,
  talk: EVEN,
  stages: [{ kind: "hold", rate, seconds }],
  storms: [],
  slow: ALL_READ,
});

/** The built-in scenarios: what each is, in one line, and what it changes of one room at a steady rate. */
const SCENARIOS: Readonly<Record<string, { readonly says: string; of(choice: ScenarioChoice): Shape }>> = {
  "live-room": { says: "one room at a steady rate", of: one },
  "hot-room": {
    says: "one room of ten holds most viewers and talk (Zipf), with a spike of three times the rate",
    of: (choice) => ({
      ...one(choice),
      rooms: numberedRooms(10, choice.run),
      popularity: { kind: "zipf", exponent: 1.5 },
      talk: { kind: "zipf", exponent: 1.5 },
      stages: [
        { kind: "hold", rate: choice.rate, seconds: choice.seconds * 0.4 },
        { kind: "spike", base: choice.rate, peak: choice.rate * 3, seconds: choice.seconds * 0.2 },
        { kind: "hold", rate: choice.rate, seconds: choice.seconds * 0.4 },
      ],
    }),
  },
  "many-rooms": {
    says: "a room for every ten viewers, by Zipf's law",
    of: (choice) => ({
      ...one(choice),
      rooms: numberedRooms(Math.max(2, Math.ceil(choice.viewers / 10)), choice.run),
      popularity: { kind: "zipf", exponent: 1 },
      talk: { kind: "zipf", exponent: 1 },
    }),
  },
  "reconnect-storm": {
    says: "half of all viewers lose their connection at half time, and come back at once",
    of: (choice) => ({ ...one(choice), storms: [{ at: choice.seconds / 2, share: 0.5 }] }),
  },
  "slow-viewers": {
    says: "every tenth viewer reads one second of three",
    of: (choice) => ({ ...one(choice), slow: { share: 0.1, pauseMs: 2_000, readMs: 1_000 } }),
  },
  soak: {
    says: "one room, up to the rate in a tenth of the time, then steady",
    of: (choice) => ({
      ...one(choice),
      stages: [
        { kind: "ramp", from: 0, to: choice.rate, seconds: choice.seconds * 0.1 },
        { kind: "hold", rate: choice.rate, seconds: choice.seconds * 0.9 },
      ],
    }),
  },
};

/** Name and one line of each built-in scenario. */
export const SCENARIO_LIST: readonly (readonly [name: string, says: string])[] = Object.entries(
  SCENARIOS,
).map(([name, { says }]) => [name, says] as const);

/** Publishing connections of a worker: more than can be under way before the line is the result. */
const LANES = 64;

/** Viewers who connect in a second unless the plan says otherwise. */
const CONNECT_PER_SECOND = 500;
/** Below every server's patience with a silent client that we know of: 75 s, 60 s, 30 s. */
const HEARTBEAT_MS = 20_000;
const SAMPLE_SHARE = 1 / 500;
const DRAIN_MS = 10_000;
/** Recorded talk comes in bursts: five times its mean is what its users must be enough for. */
const BURST = 5;

/** Danmaku per second that the users must be enough for: one each. */
function highestRate({ stages, recording }: Pick<LoadPlan, "stages" | "recording">): number {
  if (recording !== undefined) {
    const { total, durationMs } = recordedArrivals(recording.timesMs, recording.speed);
    return (total / Math.max(1, durationMs / 1_000)) * BURST;
  }
  return Math.max(
    ...stages.map((stage) =>
      stage.kind === "hold"
        ? stage.rate
        : stage.kind === "ramp"
          ? Math.max(stage.from, stage.to)
          : stage.peak,
    ),
  );
}

/** A plan of this shape, with the standard value of whatever it leaves open. */
export function planWith(
  choice: ScenarioChoice,
  shape: Shape & { readonly scenario: string } & Partial<LoadPlan>,
): LoadPlan {
  const { protocol, host, port, run, seed, viewers } = choice;
  const users = choice.users ?? Math.min(USERS_MAX, Math.max(1, Math.ceil(highestRate(shape))));
  return {
    protocol,
    host,
    port,
    run,
    seed,
    viewers,
    users,
    lanes: LANES,
    connectPerSecond: CONNECT_PER_SECOND,
    heartbeatMs: HEARTBEAT_MS,
    sampleShare: SAMPLE_SHARE,
    drainMs: DRAIN_MS,
    sources: loopbackSources(host, viewers + (shape.publishOver === "websocket" ? users : 0)),
    ...shape,
  };
}

const USERS_MAX = 1_000_000;

/** The plan of a built-in scenario, with these changes. Errors: LOAD_BAD_PLAN. */
export function planOf(scenario: string, choice: ScenarioChoice, changes: Partial<LoadPlan> = {}): LoadPlan {
  const found = Object.hasOwn(SCENARIOS, scenario) ? SCENARIOS[scenario] : undefined;
  if (found === undefined)
    throw loadError("LOAD_BAD_PLAN", {
      what: `there is no scenario ${scenario}, only ${Object.keys(SCENARIOS).join(", ")}, and files (.yaml, .ts)`,
    });
  return planWith(choice, { scenario, ...found.of(choice), ...changes });
}
