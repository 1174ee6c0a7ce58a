import type { Node } from "../ast/nodes.ts";
import { enclosingFunction } from "../ast/position.ts";
import type { SourceCode, Variable } from "../ast/rule.ts";
import type { Release } from "./ownership.ts";
import { settlements } from "./ownership.ts";
import type { Loss } from "./state.ts";
import { PathWalk } from "./walk.ts";

/** A variable that holds something from `opens` on. */
export interface Holding {
  readonly variable: Variable;
  /** The declarator or assignment that gives the variable its thing. */
  readonly opens: Node;
  readonly release: Release;
}

/** The first way out of the function on which the thing is neither released nor handed over. */
export function firstLoss(code: SourceCode, { variable, opens, release }: Holding): Loss | undefined {
  const owner = enclosingFunction(opens);
  // What a module holds lives as long as the process; what an outer function holds is for that one to release.
  if (owner === undefined) return undefined;
  if (!variable.identifiers.every((name) => enclosingFunction(name) === owner)) return undefined;
  const settles = settlements(variable, owner, release);
  if (settles === undefined) return undefined;
  return new PathWalk(code, { opens, settles, name: variable.name }).losses(owner.body)[0];
}

/** The line of the way out, and what it is, for a message. */
export function describeLoss(loss: Loss): string {
  const line = loss.kind === "end" ? loss.node.loc.end.line : loss.node.loc.start.line;
  switch (loss.kind) {
    case "return":
      return `the return on line ${line}`;
    case "throw":
      return `a failure on line ${line}`;
    case "again":
      return `the next turn, line ${line},`;
    case "end":
      return `the end of the function, line ${line},`;
  }
}
