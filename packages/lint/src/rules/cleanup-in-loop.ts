import { variableOf } from "../ast/bindings.ts";
import { children } from "../ast/children.ts";
import { calleeName, receiverOf, rootOf } from "../ast/names.ts";
import type { CallExpression, Node } from "../ast/nodes.ts";
import { enclosingLoop, isInside } from "../ast/position.ts";
import type { Rule, RuleContext, Variable } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";
import type { Release } from "../flow/ownership.ts";
import { isHandedOver } from "../flow/ownership.ts";

/** Stacks of cleanups, by the name of their class. */
const STACKS = new Set(["Scope", "DisposableStack", "AsyncDisposableStack"]);

const KEPT: Release = { members: new Set(), byMention: false, byFunction: /^$/, byArgument: false };

function isStack(variable: Variable): boolean {
  const declarator = variable.defs[0]?.node;
  const init = declarator?.type === "VariableDeclarator" ? declarator.init : null;
  return init?.type === "NewExpression" && STACKS.has(calleeName(init) ?? "");
}

/** True for a call that puts a cleanup off until its receiver ends; `use` only where the receiver is known to be a stack. */
function putsOff(call: CallExpression, receiver: Variable | undefined): boolean {
  const name = calleeName(call);
  if (name === "defer" || name === "adopt") return true;
  return name === "use" && receiver !== undefined && isStack(receiver);
}

/** True when the variable has a new value on each turn. */
const isOfTheTurn = (variable: Variable | undefined, loop: Node): boolean =>
  variable !== undefined && variable.identifiers.some((name) => isInside(name, loop));

/** True when what is cleaned up is kept beyond the turn, so that it cannot be cleaned up within it. */
function isKeptBeyond(context: RuleContext, call: CallExpression, loop: Node): boolean {
  if (isHandedOver(call, KEPT)) return true;
  const mentioned = call.arguments.flatMap((argument) => [...mentions(context, argument)]);
  return mentioned.some(
    (variable) =>
      isOfTheTurn(variable, loop) &&
      variable.references.some(
        (reference) =>
          reference.isRead() &&
          !isInside(reference.identifier, call) &&
          isInside(reference.identifier, loop) &&
          isHandedOver(reference.identifier, KEPT),
      ),
  );
}

function* mentions(context: RuleContext, node: Node): Generator<Variable> {
  if (node.type === "Identifier") {
    const variable = variableOf(context.sourceCode, node);
    if (variable !== undefined) yield variable;
  }
  for (const child of children(context.sourceCode, node)) yield* mentions(context, child);
}

/**
 * A cleanup that each turn of a loop puts off until the loop's surroundings end.
 *
 * Damage     T29: nothing is closed before the last turn is over; descriptors, permits and memory pile up, and a loop
 *            without an end never cleans up at all.
 * Instead    `using` in the loop's body, or a scope per turn, which cleans up before the next one.
 */
export const cleanupInLoop: Rule = {
  meta: meta({
    description: "A cleanup belongs to the turn of the loop that made it necessary (T29).",
    messages: {
      putOff:
        "Each turn adds one cleanup that `{{name}}` puts off until the loop's surroundings end. Hold the thing with `using` in the loop's body, or open a scope per turn.",
    },
  }),

  create(context: RuleContext) {
    return {
      CallExpression(node: CallExpression) {
        const name = calleeName(node) ?? "";
        const object = receiverOf(node);
        if (object === undefined && name !== "defer") return;
        const receiver = object === undefined ? undefined : variableOf(context.sourceCode, rootOf(object));
        if (!putsOff(node, receiver)) return;
        const loop = enclosingLoop(node);
        if (loop !== undefined && !isOfTheTurn(receiver, loop) && !isKeptBeyond(context, node, loop))
          context.report({ node, messageId: "putOff", data: { name } });
      },
    };
  },
};
