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
let paused: Array<() => void> = [];

function turned(): void {
  armed = false;
  const resumed = paused;
  paused = [];
  for (const resume of resumed) resume();
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

/**
 * Resolves with the value in the next turn of the event loop, after timers and sockets had their chance; several in
 * the order they came. Each gets its own promise and so resumes after equally many microtasks: with one more for the
 * receivers, the senders would run ahead at every turn until the buffer is full.
 */
export function nextTurnWith<T>(value: T): Promise<T> {
  if (!armed) begin();
  return new Promise<T>((resolve) => {
    paused.push(() => resolve(value));
  });
}

/** Resolves in the next turn of the event loop, after timers and sockets had their chance. */
export function nextTurn(): Promise<void> {
  return nextTurnWith(undefined);
}

/**
 * Counts one hand-off. True once this turn has no budget left: then the caller reports its success in the next turn,
 * so that a chain of hand-offs cannot keep the event loop in its microtask queue.
 */
export function spent(): boolean {
  if (!armed) begin();
  if (--untilClock <= 0) readClock();
  return --left <= 0;
}
