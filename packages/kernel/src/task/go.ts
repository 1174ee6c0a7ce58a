import { type Body, Scope, type SpawnOptions } from "./scope.ts";
import type { Task } from "./task.ts";

// The owner of what has no narrower one. Its failures have nobody to join them, so they are reported.
const application = new Scope(undefined, { name: "application", onError: "report" });

/** The context of the application's tasks, for tools: it is older than they are. */
export const applicationContext = application.context;

/**
 * Starts a task owned by the application. Its failure goes to `onTaskFailure` and is counted; it cancels nothing
 * else. Prefer a scope where there is one.
 */
export function go<T>(body: Body<T>, options?: SpawnOptions): Task<T> {
  return application.spawn(body, options);
}
