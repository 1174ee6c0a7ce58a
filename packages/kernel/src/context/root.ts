import { type Clock, systemClock } from "../time/clock.ts";
import type { Context } from "./context.ts";
import { ContextNode } from "./context-node.ts";

/** A context that nothing cancels: the start of a tree. Its clock is inherited by all that is derived from it. */
export function rootContext(options: { readonly clock?: Clock; readonly name?: string } = {}): Context {
  return ContextNode.root(options.clock ?? systemClock, options.name ?? "root");
}

/** The root of everything that has no other: never cancelled, system time. */
export const background: Context = rootContext({ name: "background" });
