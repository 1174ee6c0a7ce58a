import { reportFailure } from "../task/failures.ts";
import { nextTurn } from "../time/turn.ts";

/** When a task's creation stack is taken: never, for 1 in 64 of a site's tasks, or always. */
export type StackMode = "off" | "sampled" | "full";

// Frames kept of a stack (a count): what one can act on is near its top.
const FRAMES = 10;

// Frames taken beyond that, for those of the kernel itself, which are left out (a count).
const OWN_FRAMES = 5;

// Different stacks kept at once (a count), so that generated code cannot grow the table for ever.
const INTERNED = 8192;

const SAMPLED_ONE_IN = 64;

interface ErrorWithLimit {
  stackTraceLimit?: number;
}

// The folder this copy of the kernel lies in: its frames say nothing about who started a task.
const HERE = ((import.meta as { readonly url?: string }).url ?? "").replace(/diagnostics\/[^/]*$/, "");

let mode: StackMode = "sampled";
/** Bodies that need all stacks while they run (a count). */
let needed = 0;
let pending: CapturedStack[] = [];

// Stacks kept back from being made text (a count). In a turn that starts more tasks than that, those that have ended
// by then still cost none.
const PENDING_STACKS = 2048;
const interned = new Map<string, readonly string[]>();

export function creationStacks(next: StackMode): void {
  mode = next;
}

export function needFullStacks(change: 1 | -1): void {
  needed += change;
}

/** Are all stacks taken, so that tasks can be told apart by them? */
export function takesAllStacks(): boolean {
  return mode === "full" || needed > 0;
}

/** Shall the stack of the next task of a site be taken? */
export function wantsStack(startedBefore: number): boolean {
  if (takesAllStacks()) return true;
  return mode === "sampled" && startedBefore % SAMPLED_ONE_IN === 0;
}

/**
 * Where a task was started. What the platform keeps of a stack refers to live objects, so it is turned into text in
 * the next turn of the event loop; a task that has ended until then costs no text at all.
 */
export class CapturedStack {
  private raw: { readonly stack?: string } | undefined;
  private text: readonly string[] | undefined = undefined;

  constructor(raw: { readonly stack?: string }) {
    this.raw = raw;
  }

  get frames(): readonly string[] {
    return (this.text ??= this.format());
  }

  /** The task is over: nobody will ask. */
  drop(): void {
    this.raw = undefined;
  }

  private format(): readonly string[] {
    const raw = this.raw?.stack ?? "";
    this.raw = undefined;
    const frames = raw
      .split("\n")
      .slice(1)
      .map((line) => line.trim().replace(/^at /, ""))
      .filter((line) => line !== "" && !(HERE !== "" && line.includes(HERE)))
      .slice(0, FRAMES);
    return intern(frames);
  }

  get isOpen(): boolean {
    return this.raw !== undefined;
  }
}

function intern(frames: readonly string[]): readonly string[] {
  const key = frames.join("\n");
  const known = interned.get(key);
  if (known !== undefined) return known;
  if (interned.size < INTERNED) interned.set(key, frames);
  return frames;
}

export function captureStack(): CapturedStack {
  const errors = Error as ErrorWithLimit;
  const before = errors.stackTraceLimit;
  errors.stackTraceLimit = FRAMES + OWN_FRAMES;
  const captured = new CapturedStack(new Error("created by"));
  // Where the platform has no such limit, none is left behind.
  if (before === undefined) delete errors.stackTraceLimit;
  else errors.stackTraceLimit = before;
  if (pending.length === 0) formatSoon();
  else if (pending.length >= PENDING_STACKS) formatPending();
  pending.push(captured);
  return captured;
}

function formatSoon(): void {
  nextTurn()
    .then(formatPending)
    .catch((error: unknown) => reportFailure(error, "creation stacks"));
}

function formatPending(): void {
  const batch = pending;
  pending = [];
  for (const captured of batch) if (captured.isOpen) void captured.frames;
}
