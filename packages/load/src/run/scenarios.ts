import { loadError } from "../errors.ts";
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
  readonly users: number;
}

type Shape = Pick<LoadPlan, "rooms" | "popularity" | "talk" | "stages" | "storms" | "slow">;

const numbered = (count: number, run: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `load-${run}-${index}`);

const EVEN = { kind: "constant" } as const;
const ALL_READ = { share: 0, pauseMs: 1_000, readMs: 1_000 } as const;

const one = ({ run, rate, seconds }: ScenarioChoice): Shape => ({
  rooms: numbered(1, run),
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
      rooms: numbered(10, choice.run),
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
      rooms: numbered(Math.max(2, Math.ceil(choice.viewers / 10)), choice.run),
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

/** The plan of a built-in scenario. Errors: LOAD_BAD_PLAN. */
export function planOf(scenario: string, choice: ScenarioChoice): LoadPlan {
  const found = Object.hasOwn(SCENARIOS, scenario) ? SCENARIOS[scenario] : undefined;
  if (found === undefined)
    throw loadError("LOAD_BAD_PLAN", {
      what: `there is no scenario ${scenario}, only ${Object.keys(SCENARIOS).join(", ")}`,
    });
  const { protocol, host, port, run, seed, viewers, users } = choice;
  return {
    scenario,
    protocol,
    host,
    port,
    run,
    seed,
    viewers,
    users,
    ...found.of(choice),
    lanes: LANES,
    connectPerSecond: 500,
    heartbeatMs: 20_000,
    sampleShare: 1 / 500,
    drainMs: 10_000,
    sources: loopbackSources(host, viewers),
  };
}
