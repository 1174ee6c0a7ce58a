import type { OwnerFrames, WorkerFrames } from "./frames.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const whole: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const anything: Check = () => true;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const pair =
  (first: Check, second: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const given = value as Readonly<Record<string, unknown>>;
    return Object.entries(fields).every(([name, check]) => check(given[name]));
  };

const counts = list(pair(text, whole));
const error = object({ code: text, spec: object({ message: text }), fields: object({}) });
const log = object({ queued: number, queuedBytes: number, groups: number, appended: number, head: number });

/** What must hold of each frame before anybody looks into it. Fields that are not named here are carried along. */
export const SHAPES: Readonly<Record<keyof WorkerFrames | keyof OwnerFrames, Check>> = {
  hello: object({ id: text, generation: whole, version: whole }),
  enter: object({ rooms: list(pair(text, orNull(whole))) }),
  leave: object({ room: text }),
  call: object({
    id: whole,
    name: text,
    args: list(anything),
    timeoutMs: optional(number),
    trace: optional(text),
  }),
  cancel: object({ id: whole }),
  report: object({
    viewers: counts,
    load: object({ connections: whole, queue: whole, cpuShare: number, loopDelayMs: number }),
    meter: object({
      now: number,
      busyMs: number,
      cpuMs: number,
      lateness: object({ timers: number, ms: number }),
    }),
    work: object({ writes: number, ms: number }),
  }),
  welcome: object({ version: whole }),
  refused: object({ error }),
  batch: object({ room: text, prev: whole, seq: whole, items: list(object({ seq: whole })) }),
  result: object({ id: whole }),
  failure: object({ id: whole, error }),
  viewers: object({ elsewhere: counts }),
  status: object({
    log,
    counts: object({ published: number, muted: number }),
    windowMs: number,
    rooms: whole,
  }),
};
