import { randomBytes } from "node:crypto";
import type { ArgsDef } from "citty";
import {
  isScenarioFile,
  loadScenarioFile,
  MEASURES,
  numberedRooms,
  parseSpread,
  parseStages,
  parseStopCondition,
  parseThreshold,
  planOf,
  planOfScenario,
  popularityOf,
  PROTOCOLS,
  recordingOf,
  secondsOf,
  standardChoice,
  STOP_MEASURES,
  talkersOf,
} from "@barrage/load";
import type { Chosen, LoadPlan, Scenario, Threshold } from "@barrage/load";
import { BarrageError } from "@barrage/protocol";
import type { Values } from "../command.ts";
import { usageError } from "../errors.ts";
import { wholeNumber } from "../options.ts";
import { sourcesOf } from "./workers.ts";

export const DEFAULT_URL = "http://127.0.0.1:8080";
/** Two runs against one server must not take each other's danmaku for their own. */
const RUN_ID_BYTES = 3;
const MOST = 1_000_000;
const SEED_MAX = 4_294_967_295;
const ROOMS_MAX = 100_000;
const TEXT_MAX = 5_000;

/** What is done to the server: who, how much, when. */
export const PLAN_ARGS = {
  url: { type: "string", description: `Address of the server (default ${DEFAULT_URL})`, valueHint: "URL" },
  protocol: { type: "string", description: `${PROTOCOLS.join(", ")} (default barrage)`, valueHint: "NAME" },
  publish: {
    type: "string",
    description: "http or websocket (default: the protocol's first way; barrage has both)",
    valueHint: "WAY",
  },
  duration: { type: "string", description: "Length, as 30s, 15m or 1h (default 30s)", valueHint: "TIME" },
  rate: {
    type: "string",
    description: "Danmaku per second, all rooms together (default 50)",
    valueHint: "N",
  },
  stages: {
    type: "string",
    description:
      "Instead of rate and duration: 'ramp 10s 0..500, hold 60s, spike 5s x3' (default: the scenario's)",
    valueHint: "LIST",
  },
  arrivals: {
    type: "string",
    description:
      "Send at the moments of a danmaku file, Bilibili XML or JSON (default: at the rate or stages)",
    valueHint: "FILE",
  },
  speed: { type: "string", description: "How much faster than recorded (default 1)", valueHint: "X" },
  viewers: { type: "string", description: "Connections that watch (default 100)", valueHint: "N" },
  users: {
    type: "string",
    description: "Who publish (default: the highest rate, one danmaku a second each)",
    valueHint: "N",
  },
  rooms: {
    type: "string",
    description: "How many, or their names: a,b,c (default: the scenario's)",
    valueHint: "N",
  },
  popularity: {
    type: "string",
    description:
      "How viewers are spread over rooms: constant, 'zipf 1.2', 'recorded 5 3 1' or 'recorded a.xml b.xml' (default: the scenario's)",
    valueHint: "HOW",
  },
  talk: {
    type: "string",
    description: "How danmaku are spread over rooms, likewise (default: the scenario's)",
    valueHint: "HOW",
  },
  talkers: {
    type: "string",
    description:
      "How danmaku are spread over users, likewise; 'recorded a.xml' is the file's senders (default: in turns)",
    valueHint: "HOW",
  },
  "text-max": { type: "string", description: "Longest text, characters (default 30)", valueHint: "N" },
  "connect-rate": {
    type: "string",
    description: "Viewers who connect in a second (default 500)",
    valueHint: "N",
  },
  heartbeat: {
    type: "string",
    description: "Time between a viewer's heartbeats (default 20s)",
    valueHint: "TIME",
  },
  drain: {
    type: "string",
    description: "Longest wait for answers, and then for deliveries, after the last send (default 10s)",
    valueHint: "TIME",
  },
  seed: { type: "string", description: "Seed of everything random (default 1)", valueHint: "N" },
} as const satisfies ArgsDef;

/** What the run is judged and ended by. */
export const JUDGE_ARGS = {
  threshold: {
    type: "string",
    description: "Bars that decide the exit code, as p99<50,lost<=0,errors<1% (default none)",
    valueHint: "LIST",
  },
  "stop-when": {
    type: "string",
    description:
      "What ends the run early, with code 1, as errors>5%,p99>500 for 10s (default nothing, and for 3s)",
    valueHint: "LIST",
  },
} as const satisfies ArgsDef;

/** The names that thresholds and stop conditions know. */
export function measureLines(): readonly string[] {
  const byKind = new Map<string, string[]>();
  for (const measure of MEASURES) {
    const [kind = "", rest] = measure.split(".");
    const key = rest === undefined ? "" : kind;
    byKind.set(key, [...(byKind.get(key) ?? []), rest ?? measure]);
  }
  const counts = byKind.get("") ?? [];
  byKind.delete("");
  return [
    "--threshold knows, of the whole run (latencies in ms, errors in percent, server.cpu in cores, server.memory in MiB):",
    `  ${counts.join(" ")}`,
    ...[...byKind].map(([kind, names]) => `  ${kind}. ${names.join(" ")}`),
    "--stop-when knows, of each second:",
    `  ${STOP_MEASURES.join(" ")}`,
  ];
}

/** What a run is to do, and what it is judged by. */
export interface LoadRequest {
  readonly plan: LoadPlan;
  readonly thresholds: readonly Threshold[];
}

/** An option's value as its parser understands it. Errors: CLI_USAGE with the parser's own sentence. */
function parsed<T>(option: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (!BarrageError.is(error)) throw error;
    throw usageError(`--${option}: ${error.message}`);
  }
}

const listed = (text: string | undefined): readonly string[] =>
  (text ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

export function urlOf(values: Values): URL {
  const url = URL.parse(values.text("url") ?? DEFAULT_URL);
  if (url?.protocol === "http:") return url;
  throw usageError(`--url must be an http address, like ${DEFAULT_URL}`);
}

function spanOf(values: Values, option: string): number | undefined {
  const text = values.text(option);
  if (text === undefined) return undefined;
  const seconds = secondsOf(text);
  if (seconds !== undefined) return seconds;
  throw usageError(`--${option} must be a time like 30s, 15m or 1h, not ${text}`);
}

function wholeOf(values: Values, option: string, max: number): number | undefined {
  const text = values.text(option);
  return text === undefined ? undefined : wholeNumber(option, text, { min: 1, max });
}

/** Only what was given: a scenario's file has the next word, the standard the last. */
function chosenBy(values: Values, changes: Partial<LoadPlan>): Chosen {
  const url = urlOf(values);
  const protocol = values.text("protocol");
  const [seed, viewers] = [wholeOf(values, "seed", SEED_MAX), wholeOf(values, "viewers", MOST)];
  const [users, rate] = [wholeOf(values, "users", MOST), wholeOf(values, "rate", MOST)];
  const seconds = spanOf(values, "duration") ?? secondsIn(changes);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port === "" ? 80 : url.port),
    run: randomBytes(RUN_ID_BYTES).toString("hex"),
    ...(protocol === undefined ? {} : { protocol }),
    ...(seed === undefined ? {} : { seed }),
    ...(viewers === undefined ? {} : { viewers }),
    ...(users === undefined ? {} : { users }),
    ...(rate === undefined ? {} : { rate }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

/** How long the given stages or arrivals last: a scenario places its storms by that. */
function secondsIn({ stages, recording }: Partial<LoadPlan>): number | undefined {
  if (stages !== undefined) return stages.reduce((sum, { seconds }) => sum + seconds, 0);
  if (recording === undefined) return undefined;
  const last = recording.timesMs.reduce((a, b) => Math.max(a, b));
  const first = recording.timesMs.reduce((a, b) => Math.min(a, b));
  return Math.max(1, (last - first) / recording.speed / 1_000);
}

/** When sends are due, by `--stages` or `--arrivals`. */
function timingBy(values: Values): Partial<LoadPlan> {
  const [stages, arrivals] = [values.text("stages"), values.text("arrivals")];
  const speed = Number(values.text("speed") ?? "1");
  const others = ["rate", "duration"].filter((option) => values.text(option) !== undefined);
  if (stages !== undefined && arrivals !== undefined)
    throw usageError("--stages and --arrivals exclude each other");
  if ((stages ?? arrivals) !== undefined && others.length > 0)
    throw usageError(`--${others[0]} says nothing beside --${stages === undefined ? "arrivals" : "stages"}`);
  if (arrivals === undefined && values.text("speed") !== undefined)
    throw usageError("--speed needs --arrivals");
  if (!(speed > 0 && Number.isFinite(speed))) throw usageError("--speed must be a number above 0");
  if (stages !== undefined) return { stages: parsed("stages", stages, parseStages) };
  return arrivals === undefined ? {} : { recording: recordingOf({ file: arrivals, speed }, "") };
}

function roomsBy(values: Values, run: string): readonly string[] | undefined {
  const text = values.text("rooms");
  if (text === undefined) return undefined;
  return /^\d+$/.test(text)
    ? numberedRooms(wholeNumber("rooms", text, { min: 1, max: ROOMS_MAX }), run)
    : listed(text);
}

/** What the options change of any scenario. */
function changesBy(values: Values, timing: Partial<LoadPlan>, run: string): Partial<LoadPlan> {
  const spread = (option: "popularity" | "talk" | "talkers") => {
    const text = values.text(option);
    if (text === undefined) return {};
    const how = parsed(option, text, parseSpread);
    return { [option]: option === "talkers" ? talkersOf(how, "") : popularityOf(how, "") };
  };
  const publishOver = values.text("publish");
  if (publishOver !== undefined && publishOver !== "http" && publishOver !== "websocket")
    throw usageError(`--publish must be http or websocket, not ${publishOver}`);
  const [rooms, sources] = [roomsBy(values, run), sourcesOf(values)];
  const [heartbeat, drain] = [spanOf(values, "heartbeat"), spanOf(values, "drain")];
  const connectPerSecond = wholeOf(values, "connect-rate", MOST);
  const textMax = wholeOf(values, "text-max", TEXT_MAX);
  const stopWhen = listed(values.text("stop-when")).map((text) =>
    parsed("stop-when", text, parseStopCondition),
  );
  return {
    ...timing,
    ...spread("popularity"),
    ...spread("talk"),
    ...spread("talkers"),
    ...(publishOver === undefined ? {} : { publishOver }),
    ...(rooms === undefined ? {} : { rooms }),
    ...(sources === undefined ? {} : { sources }),
    ...(heartbeat === undefined ? {} : { heartbeatMs: heartbeat * 1_000 }),
    ...(drain === undefined ? {} : { drainMs: drain * 1_000 }),
    ...(connectPerSecond === undefined ? {} : { connectPerSecond }),
    ...(textMax === undefined ? {} : { textMax }),
    ...(stopWhen.length === 0 ? {} : { stopWhen }),
  };
}

/** The plan and its bars, by the options and, where one is named, a scenario's file. Errors: CLI_USAGE, and the LOAD_ codes. */
export async function requestOf(values: Values): Promise<LoadRequest> {
  const name = values.required("scenario");
  const timing = timingBy(values);
  const chosen = chosenBy(values, timing);
  const changes = changesBy(values, timing, chosen.run);
  const given = listed(values.text("threshold")).map((text) => parsed("threshold", text, parseThreshold));
  if (!isScenarioFile(name))
    return { plan: planOf(name, standardChoice(chosen), changes), thresholds: given };
  const scenario: Scenario = await loadScenarioFile(name);
  // A length that only follows from other stages is no wish of its own.
  const { seconds: _, ...wished } = chosen;
  const plan = planOfScenario(
    scenario,
    name,
    values.text("duration") === undefined ? wished : chosen,
    changes,
  );
  return { plan, thresholds: given.length > 0 ? given : (scenario.thresholds ?? []).map(parseThreshold) };
}
