import type { Context } from "../context/context.ts";
import { finishScope, Scope, type ScopeOptions } from "./scope.ts";

/**
 * Runs `body` with a scope of its own and ends when body and tasks have ended: a throw, in the body or a task,
 * cancels the others; a return waits for them.
 */
export async function scope<T>(
  body: (scope: Scope) => T | PromiseLike<T>,
  options: ScopeOptions & { readonly parent?: Context } = {},
): Promise<T> {
  const own = new Scope(options.parent, options);
  let value: T;
  try {
    value = await body(own);
  } catch (error) {
    await finishScope(own, { error });
    throw error;
  }
  await finishScope(own, undefined);
  return value;
}
