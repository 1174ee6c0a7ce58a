import { loadError } from "../errors.ts";
import type { Stage } from "./arrivals.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };

/** Seconds of `500ms`, `60s`, `1.5m`, `1h`; a bare number is seconds. undefined for any other text, and for 0. */
export function secondsOf(text: string): number | undefined {
  const [, count, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 1);
  return seconds > 0 ? seconds : undefined;
}

const RATE = String.raw`\d{1,7}(?:\.\d{1,3})?`;
const RAMP = new RegExp(String.raw`^(?:(${RATE})\s*\.\.)?\s*(${RATE})$`);
const SPIKE = new RegExp(String.raw`^(?:(${RATE})\s*\.\.\s*(${RATE})|x\s*(${RATE}))$`);

/**
 * Reads stages one after the other, divided by commas:
 *
 *   ramp 10s 0..500     from 0 to 500 a second; `ramp 10s 500` begins where the stage before ended
 *   hold 60s 500        500 a second; `hold 60s` keeps the rate of the stage before
 *   spike 5s 500..1500  up and back down; `spike 5s x3` goes to three times the rate before
 *
 * `before` is the stage before the first of them, if there is one.
 *
 * Errors     LOAD_BAD_STAGES, with the stage at fault.
 */
export function parseStages(text: string, before?: Stage): readonly Stage[] {
  const stages: Stage[] = [];
  let last = before;
  for (const [index, words] of text.split(",").entries()) {
    const refuse = (what: string): Error =>
      loadError("LOAD_BAD_STAGES", { text, what: `stage ${index + 1} ("${words.trim()}") ${what}` });
    last = stageOf(words.trim(), last === undefined ? undefined : rateAfter(last), refuse);
    stages.push(last);
  }
  return stages;
}

const rateAfter = (stage: Stage): number =>
  stage.kind === "hold" ? stage.rate : stage.kind === "ramp" ? stage.to : stage.base;

function stageOf(words: string, before: number | undefined, refuse: (what: string) => Error): Stage {
  const [, kind, time = "", how = ""] = /^([a-z]+)\s+(\S+)\s*(.*)$/.exec(words) ?? [];
  if (kind !== "ramp" && kind !== "hold" && kind !== "spike")
    throw refuse("begins with ramp, hold or spike, and a time");
  const seconds = secondsOf(time);
  if (seconds === undefined) throw refuse(`lasts a time like 10s, 5m or 1h, not ${time}`);
  const known = (): number => {
    if (before === undefined) throw refuse("is the first, so it must say its rate");
    return before;
  };
  switch (kind) {
    case "hold": {
      if (how !== "" && !new RegExp(`^${RATE}$`).test(how))
        throw refuse("holds one rate, as in hold 60s 500");
      return { kind, rate: how === "" ? known() : Number(how), seconds };
    }
    case "ramp": {
      const [, from, to] = RAMP.exec(how) ?? [];
      if (to === undefined) throw refuse("goes from a rate to a rate, as in ramp 10s 0..500");
      return { kind, from: from === undefined ? known() : Number(from), to: Number(to), seconds };
    }
    case "spike": {
      const [, base, peak, times] = SPIKE.exec(how) ?? [];
      if (times !== undefined) return { kind, base: known(), peak: known() * Number(times), seconds };
      if (base === undefined || peak === undefined)
        throw refuse("goes up and back, as in spike 5s x3 or spike 5s 100..400");
      return { kind, base: Number(base), peak: Number(peak), seconds };
    }
  }
}
