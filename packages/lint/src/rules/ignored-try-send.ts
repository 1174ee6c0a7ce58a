import { variableOf } from "../ast/bindings.ts";
import { voidCallback } from "../ast/callbacks.ts";
import { bare, calleeName, receiverOf } from "../ast/names.ts";
import type { CallExpression, Node, VariableDeclarator } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import { isDropped } from "../ast/position.ts";
import type { Rule, RuleContext } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

/** Give what was offered no place, without a word but the result. */
const OFFERS = new Set(["trySend", "offer"]);
/** Give nothing, without a word but the result. */
const TAKES = new Set(["tryReceive", "tryAcquire", "tryLock"]);

/** Nothing is lost with `undefined`: a bell that is already rung stays rung. */
function carriesNothing(call: CallExpression): boolean {
  const value = call.arguments[0];
  return value === undefined || (value.type === "Identifier" && value.name === "undefined");
}

/** True for `() => queue.offer(x)` given to what drops its result. */
function isDroppedResult(node: Node): boolean {
  const body = node.parent?.type === "ChainExpression" ? node.parent : node;
  const closure = body.parent;
  if (closure === null || !isFunction(closure) || closure.body !== body) return false;
  const taker = closure.parent;
  return taker?.type === "CallExpression" && voidCallback(taker)?.callback === closure;
}

/**
 * A non-blocking attempt whose outcome nobody looks at.
 *
 * Damage     T06: when the queue is full the value is gone and not counted; when there is no permit the work goes on
 *            without one.
 * Instead    look at the result and count what was shed, wait with `send` or `acquire`, or let the queue shed by its
 *            own named policy.
 */
export const ignoredTrySend: Rule = {
  meta: meta({
    description: "The outcome of a non-blocking attempt is looked at (T06).",
    messages: {
      offer:
        "The result of `{{name}}` is ignored: when there is no room, the value is lost and not counted. Look at it, or wait with `send`.",
      take: "The result of `{{name}}` is ignored: this goes on whether it got something or not. Look at it, or wait for it.",
    },
  }),

  create(context: RuleContext) {
    const report = (node: CallExpression, name: string): void =>
      context.report({ node, messageId: OFFERS.has(name) ? "offer" : "take", data: { name } });

    return {
      CallExpression(node: CallExpression) {
        const name = calleeName(node) ?? "";
        if (receiverOf(node) === undefined || (!OFFERS.has(name) && !TAKES.has(name))) return;
        if (OFFERS.has(name) && carriesNothing(node)) return;
        if (isDropped(node) || isDroppedResult(node)) report(node, name);
      },

      VariableDeclarator(node: VariableDeclarator) {
        if (node.parent?.type !== "VariableDeclaration" || !node.parent.kind.endsWith("using")) return;
        const call = node.init === null ? null : bare(node.init);
        if (call?.type !== "CallExpression") return;
        const name = calleeName(call) ?? "";
        const isRead =
          variableOf(context.sourceCode, node.id)?.references.some((each) => each.isRead()) ?? true;
        if (TAKES.has(name) && !isRead) report(call, name);
      },
    };
  },
};
