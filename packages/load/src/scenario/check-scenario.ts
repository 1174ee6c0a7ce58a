import { PROTOCOLS } from "../protocol/protocols.ts";
import { parseThreshold } from "../report/thresholds.ts";
import { parseStopCondition } from "../run/stop-condition.ts";
import { parseStages } from "../schedule/stages-text.ts";
import {
  above0,
  atLeast0,
  fields,
  isObject,
  listOf,
  moment,
  oneField,
  oneOf,
  parsedBy,
  share,
  span,
  text,
  textOr,
  whole,
  yesOrNo,
} from "./checks.ts";
import type { Check } from "./checks.ts";
import type { Problem } from "./problems.ts";
import type { Scenario } from "./scenario.ts";

const MOST = 1_000_000;
const ROOMS_MAX = 100_000;
/** Below the 16 KiB of one client frame, at three bytes a character. */
const TEXT_MAX = 5_000;

const proportions: Check = (value, at, refuse) => {
  if (typeof value === "string") return text(value, at, refuse);
  const isOfFiles = Array.isArray(value) && value.some((each) => typeof each === "string");
  listOf(isOfFiles ? text : atLeast0, 1)(value, at, refuse);
};

const spread: Check = textOr(oneOf("constant", "zipf"), oneField({ zipf: above0, recorded: proportions }));

const stage: Check = (value, at, refuse) => {
  const shape = { kind: oneOf("hold", "ramp", "spike"), seconds: above0 };
  const kind = isObject(value) ? value["kind"] : undefined;
  const check =
    kind === "ramp"
      ? fields({ ...shape, from: atLeast0, to: atLeast0 }, ["from", "to", "seconds"])
      : kind === "spike"
        ? fields({ ...shape, base: atLeast0, peak: atLeast0 }, ["base", "peak", "seconds"])
        : fields({ ...shape, rate: atLeast0 }, ["kind", "rate", "seconds"]);
  check(value, at, refuse);
};

/** Texts of a list may lean on each other (`hold 60s` keeps the rate before), so they are read together later. */
const stages: Check = textOr(parsedBy(parseStages), listOf(textOr(text, stage), 1));

const room: Check = (value, at, refuse) => {
  if (typeof value !== "string" || !/^[!-~]{1,64}$/.test(value))
    refuse(at, "must be a room's name: 1 to 64 letters, digits and signs, without space");
};

const rooms: Check = (value, at, refuse) => {
  if (!Array.isArray(value)) return whole(1, ROOMS_MAX)(value, at, refuse);
  listOf(room, 1)(value, at, refuse);
  if (new Set(value).size < value.length) refuse(at, "names a room twice");
};

const behaviour = oneField({
  reconnect: fields({ at: moment, share, within: span }, ["at", "share"]),
  "read-slowly": fields({ share, pause: span, read: span }, ["share", "pause", "read"]),
  "come-and-go": fields({ share, stay: span, away: span, elsewhere: yesOrNo }, ["share", "stay", "away"]),
  crowd: fields({ share, comes: moment, leaves: span }, ["share"]),
});

const SCENARIO = fields({
  name: text,
  protocol: oneOf(...PROTOCOLS),
  seed: whole(1, 4_294_967_295),
  rooms,
  viewers: whole(1, MOST),
  users: whole(1, MOST),
  rate: above0,
  duration: span,
  stages,
  arrivals: fields({ file: text, speed: above0 }, ["file"]),
  popularity: spread,
  talk: spread,
  talkers: spread,
  publish: oneOf("http", "websocket"),
  textMax: whole(1, TEXT_MAX),
  connectPerSecond: above0,
  heartbeat: span,
  drain: span,
  behaviours: listOf(behaviour),
  thresholds: listOf(parsedBy(parseThreshold)),
  stopWhen: listOf(parsedBy(parseStopCondition)),
} satisfies Record<keyof Scenario, Check>);

/** Everything that is wrong with what a file holds; nothing when it is a `Scenario`. */
export function problemsOf(value: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  SCENARIO(value, [], (at, what) => problems.push({ at, what }));
  if (!isObject(value)) return problems;
  if (value["arrivals"] !== undefined && value["stages"] !== undefined)
    problems.push({ at: ["arrivals"], what: "and stages both say when sends are due" });
  const behaviours: unknown = value["behaviours"];
  for (const name of ["read-slowly", "come-and-go"]) {
    const places = Array.isArray(behaviours)
      ? behaviours.flatMap((each: unknown, index) =>
          isObject(each) && Object.hasOwn(each, name) ? [index] : [],
        )
      : [];
    for (const index of places.slice(1))
      problems.push({ at: ["behaviours", index], what: `is a second ${name}; a scenario has one` });
  }
  return problems;
}
