import type { ContextNode } from "../context/context-node.ts";

// How deep to look (a count). Platform APIs wrap the reason once, a caller's own layers add a few.
const CAUSE_DEPTH = 8;

/**
 * Is this error how a cancelled piece of work ends? True for the cancel error, what `cancel` was given, and any
 * error that names one of them as its cause, such as the `AbortError` of a platform API.
 */
export function endsCancelled(error: unknown, context: ContextNode): boolean {
  const { cancelError, cause } = context;
  if (cancelError === undefined) return false;
  let current = error;
  for (let depth = 0; depth < CAUSE_DEPTH; depth++) {
    if (current === cancelError || current === cause) return true;
    if (!(current instanceof Error)) return false;
    current = current.cause;
  }
  return false;
}
