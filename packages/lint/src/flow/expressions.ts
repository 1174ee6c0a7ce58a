import { children } from "../ast/children.ts";
import { isMemberOf } from "../ast/names.ts";
import type { Node } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import type { SourceCode } from "../ast/rule.ts";
import { nullOutcome } from "./null-test.ts";
import type { Marks, State } from "./state.ts";
import { ABSENT, closed, isOpen, OPEN, SETTLED, UNREACHABLE } from "./state.ts";

/** What evaluating an expression may do besides giving a value. */
export interface ExpressionEvents {
  /** An await, or a yield, may throw while the thing is in `state`. */
  mayThrow(node: Node, state: State): void;
  /** The thing is taken again while it is held. */
  takenAgain(node: Node): void;
}

/** `process.exit()` and `process.abort()`: nothing that is still held matters after them. */
const endsProcess = (node: Node): boolean =>
  node.type === "CallExpression" &&
  (isMemberOf(node.callee, ["process"], "exit") || isMemberOf(node.callee, ["process"], "abort"));

/**
 * Follows one held thing through expressions.
 *
 * Bounds     order of evaluation is the order of the source; a nested function's body is not entered.
 */
export class Expressions {
  private readonly code: SourceCode;
  private readonly marks: Marks;
  private readonly events: ExpressionEvents;

  constructor(code: SourceCode, marks: Marks, events: ExpressionEvents) {
    this.code = code;
    this.marks = marks;
    this.events = events;
  }

  evaluate(node: Node, before: State): State {
    if (before === UNREACHABLE) return UNREACHABLE;
    return this.mark(node, isFunction(node) ? before : this.inside(node, before));
  }

  /** The states after a test that came out true, and after one that came out false. */
  branches(test: Node, before: State): { readonly yes: State; readonly no: State } {
    if (test.type === "LogicalExpression" && test.operator !== "??") {
      const left = this.branches(test.left, before);
      const right = this.branches(test.right, test.operator === "&&" ? left.yes : left.no);
      return test.operator === "&&"
        ? { yes: right.yes, no: left.no | right.no }
        : { yes: left.yes | right.yes, no: right.no };
    }
    const after = this.evaluate(test, before);
    const nullWhen = nullOutcome(test, this.marks.name);
    return {
      yes: nullWhen === true ? closed(after, ABSENT) : after,
      no: nullWhen === false ? closed(after, ABSENT) : after,
    };
  }

  private inside(node: Node, before: State): State {
    switch (node.type) {
      case "ConditionalExpression": {
        const { yes, no } = this.branches(node.test, before);
        const otherwise = node.alternate === null ? no : this.evaluate(node.alternate, no);
        return this.evaluate(node.consequent, yes) | otherwise;
      }
      case "LogicalExpression": {
        if (node.operator === "??") {
          const left = this.evaluate(node.left, before);
          return left | this.evaluate(node.right, left);
        }
        const { yes, no } = this.branches(node.left, before);
        return node.operator === "&&"
          ? no | this.evaluate(node.right, yes)
          : yes | this.evaluate(node.right, no);
      }
      case "AwaitExpression":
      case "YieldExpression": {
        const after = node.argument === null ? before : this.evaluate(node.argument, before);
        if (isOpen(after)) this.events.mayThrow(node, after);
        return after;
      }
      default: {
        const after = children(this.code, node).reduce((state, child) => this.evaluate(child, state), before);
        return endsProcess(node) ? UNREACHABLE : after;
      }
    }
  }

  private mark(node: Node, state: State): State {
    if (state === UNREACHABLE) return state;
    if (this.marks.settles.has(node)) return closed(state, SETTLED);
    if (node !== this.marks.opens) return state;
    if (isOpen(state)) this.events.takenAgain(node);
    return OPEN;
  }
}
