import { dispose } from "../dispose.ts";

/** A failure that has no owner left to throw it at. */
export interface TaskFailure {
  readonly error: unknown;
  /** Name of the task, or of what else failed. */
  readonly name: string;
}

export type FailureHandler = (failure: TaskFailure) => void;

// Failures kept for the first handler when none is there yet (a count). They are few and come early, before the
// process has wired its telemetry; what does not fit is still counted.
const BACKLOG_FAILURES = 64;

const handlers = new Set<FailureHandler>();
const backlog: TaskFailure[] = [];
let reported = 0;

/** How many failures were reported to handlers since the process started. */
export function taskFailureCount(): number {
  return reported;
}

/**
 * Subscribes to failures of tasks that nobody else is told of, in the whole process. The first handler also gets
 * those that came before it.
 */
export function onTaskFailure(handler: FailureHandler): Disposable {
  // A fresh function, so that the same handler can be subscribed twice and each one leaves alone.
  const own: FailureHandler = (failure) => handler(failure);
  handlers.add(own);
  for (const failure of backlog.splice(0)) tell(own, failure);
  return {
    [dispose]() {
      handlers.delete(own);
    },
  };
}

function tell(handler: FailureHandler, failure: TaskFailure): void {
  try {
    handler(failure);
  } catch (error) {
    // Reporting it to the handlers could go round for ever; counted, and kept for whoever subscribes next.
    reported += 1;
    keep({ error, name: "onTaskFailure handler" });
  }
}

function keep(failure: TaskFailure): void {
  if (backlog.length < BACKLOG_FAILURES) backlog.push(failure);
}

/** Counts a failure and tells every handler. */
export function reportFailure(error: unknown, name: string): void {
  reported += 1;
  const failure = { error, name };
  if (handlers.size === 0) keep(failure);
  else for (const handler of Array.from(handlers)) tell(handler, failure);
}
