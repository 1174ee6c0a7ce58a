import { systemClock } from "./clock.ts";

// One turn may make this many hand-offs (a count) and last this long (ms) before waits go through the macrotask
// queue. Numbers from docs/spec/kernel.md KN-70; a larger budget costs timer and socket latency, a smaller one speed.
const TURN_HANDOFFS = 1024;
const TURN_MS = 5;

// Reading the clock costs about a third of a hand-off, so it is read every `stride` hand-offs; the stride falls
// to 1 as soon as the hand-offs turn out slow, and doubles back while they are fast.
const LONGEST_STRIDE = 32;
const SLOW_STRIDE_MS = 1;

type Schedule = (fn: () => void) => void;

function macrotask(): Schedule {
  if (typeof setImmediate === "function") {
    const immediate = setImmediate;
    return (fn) => void immediate(fn);
  }
  if (typeof MessageChannel === "function") {
    const { port1, port2 } = new MessageChannel();
    const waiting: Array<() => void> = [];
    port1.addEventListener("message", () => waiting.shift()?.());
    port1.start();
    return (fn) => {
      waiting.push(fn);
      port2.postMessage(0);
    };
  }
  return (fn) => void systemClock.setTimer(0, fn);
}

const schedule = macrotask();

let left = TURN_HANDOFFS;
let untilClock = 1;
let stride = 1;
let startedAt = 0;
let readAt = 0;
let armed = false;
let paused: Promise<void> | undefined;
let resume: (() => void) | undefined;

function turned(): void {
  armed = false;
  paused = undefined;
  const go = resume;
  resume = undefined;
  go?.();
}

function begin(): void {
  armed = true;
  left = TURN_HANDOFFS;
  untilClock = stride = 1;
  startedAt = readAt = systemClock.now();
  schedule(turned);
}

function readClock(): void {
  const now = systemClock.now();
  stride = now - readAt > SLOW_STRIDE_MS ? 1 : Math.min(stride * 2, LONGEST_STRIDE);
  readAt = now;
  untilClock = stride;
  if (now - startedAt >= TURN_MS) left = 0;
}

/** Resolves in the next turn of the event loop, after timers and sockets had their chance. */
export function nextTurn(): Promise<void> {
  if (!armed) begin();
  return (paused ??= new Promise<void>((resolve) => {
    resume = resolve;
  }));
}

/**
 * Counts one hand-off. `undefined` while this turn has budget; otherwise what the caller has to wait for before it
 * reports success, so that a chain of hand-offs cannot keep the event loop in its microtask queue.
 */
export function spend(): Promise<void> | undefined {
  if (!armed) begin();
  if (--untilClock <= 0) readClock();
  return --left > 0 ? undefined : nextTurn();
}
