import { isAbsolute, join } from "node:path";
import type { Popularity } from "../random/popularity.ts";
import { readRecordedTalk } from "../schedule/recording.ts";
import { loadError } from "../errors.ts";
import type { Spread } from "./scenario.ts";

/** Zipf's exponent unless another is given: the law as Zipf found it. */
const EXPONENT = 1;

const inFolder = (file: string, folder: string): string => (isAbsolute(file) ? file : join(folder, file));

/** A spread over rooms, with what recorded files say of them. `folder` is where relative paths begin. Errors: LOAD_BAD_RECORDING. */
export function popularityOf(spread: Spread, folder: string): Popularity {
  if (spread === "constant") return { kind: "constant" };
  if (spread === "zipf") return { kind: "zipf", exponent: EXPONENT };
  if ("zipf" in spread) return { kind: "zipf", exponent: spread.zipf };
  const { recorded } = spread;
  const counts = (typeof recorded === "string" ? [recorded] : recorded).map((each) =>
    typeof each === "number" ? each : readRecordedTalk(inFolder(each, folder)).timesMs.length,
  );
  return { kind: "recorded", counts };
}

/** A spread over users: one recorded file gives its senders. Errors: LOAD_BAD_RECORDING. */
export function talkersOf(spread: Spread, folder: string): Popularity {
  if (typeof spread === "object" && "recorded" in spread && typeof spread.recorded === "string")
    return { kind: "recorded", counts: readRecordedTalk(inFolder(spread.recorded, folder)).bySender };
  return popularityOf(spread, folder);
}

/** Reads `constant`, `zipf`, `zipf 1.2`, `recorded 5 3 1` or `recorded a.xml b.json`, as an option gives it. Errors: LOAD_BAD_PLAN. */
export function parseSpread(text: string): Spread {
  const [word = "", ...rest] = text.trim().split(/[\s:]+/);
  const numbers = rest.map(Number);
  const areNumbers = rest.length > 0 && numbers.every((each) => each >= 0);
  if (word === "constant" && rest.length === 0) return "constant";
  if (word === "zipf" && rest.length === 0) return "zipf";
  const [exponent = 0] = numbers;
  if (word === "zipf" && rest.length === 1 && exponent > 0) return { zipf: exponent };
  if (word === "recorded" && areNumbers) return { recorded: numbers };
  const [file] = rest;
  if (word === "recorded" && file !== undefined) return { recorded: rest.length === 1 ? file : rest };
  throw loadError("LOAD_BAD_PLAN", {
    what: `a distribution is constant, zipf, zipf 1.2, recorded 5 3 1 or recorded file.xml, not ${text}`,
  });
}

/** The moments of a file as arrivals. Errors: LOAD_BAD_RECORDING. */
export function recordingOf(
  { file, speed = 1 }: { readonly file: string; readonly speed?: number | undefined },
  folder: string,
): { readonly file: string; readonly speed: number; readonly timesMs: readonly number[] } {
  const recorded = readRecordedTalk(inFolder(file, folder));
  return { file: recorded.file, speed, timesMs: recorded.timesMs };
}
