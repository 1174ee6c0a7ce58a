import type { Node } from "../ast/nodes.ts";

/** What paths that meet at a point know of the thing that is held: a union of the bits below; 0 is unreachable. */
export type State = number;

export const UNREACHABLE: State = 0;
/** Not taken yet, or known to be null here. */
export const ABSENT: State = 1;
/** Taken, and nothing has released it or passed it on. */
export const OPEN: State = 2;
export const SETTLED: State = 4;

export const isOpen = (state: State): boolean => (state & OPEN) !== 0;

/** Open becomes `to`, the rest stays. */
export const closed = (state: State, to: State): State => (isOpen(state) ? (state & ~OPEN) | to : state);

/** Control that leaves a statement other than at its end. */
export interface Leap {
  readonly kind: "break" | "continue" | "return" | "throw";
  readonly label: string | undefined;
  readonly node: Node;
  readonly state: State;
}

/** Where and how the thing may be lost. */
export interface Loss {
  readonly kind: "return" | "throw" | "end" | "again";
  readonly node: Node;
}

/** What a walk looks for, given as nodes so that the walker knows nothing of any rule. */
export interface Marks {
  /** After this node was evaluated the thing is held. */
  readonly opens: Node;
  /** After any of these was evaluated it is not. */
  readonly settles: ReadonlySet<Node>;
  /** The name that holds it, for `if (name === undefined)`. */
  readonly name: string;
}
