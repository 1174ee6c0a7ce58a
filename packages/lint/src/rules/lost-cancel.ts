import { bare, calleeName } from "../ast/names.ts";
import type { CallExpression, Node } from "../ast/nodes.ts";
import { variableOf } from "../ast/bindings.ts";
import { boundValues } from "../ast/bound-values.ts";
import type { Binding } from "../ast/bound-values.ts";
import type { Rule, RuleContext, Variable } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";
import { describeLoss, firstLoss } from "../flow/lost.ts";
import type { Release } from "../flow/ownership.ts";
import { isHandedOver } from "../flow/ownership.ts";

const ENDS = /^(?:abort|cancel|dispose)/i;

const CONTEXT: Release = {
  members: new Set(["cancel", "dispose"]),
  byMention: false,
  byFunction: ENDS,
  byArgument: false,
};
const CONTROLLER: Release = {
  members: new Set(["abort"]),
  byMention: false,
  byFunction: ENDS,
  byArgument: true,
};
const CANCEL_FUNCTION: Release = { members: new Set(), byMention: true, byFunction: ENDS, byArgument: true };

/** Functions that give a context and, beside it, the function that cancels it. */
const PAIRS = new Set(["withCancel", "withTimeout", "withDeadline"]);

const isDerivation = (node: Node): boolean =>
  node.type === "CallExpression" && calleeName(node) === "cancellable" && node.callee.type !== "Identifier";

const isPair = (node: Node): boolean => node.type === "CallExpression" && PAIRS.has(calleeName(node) ?? "");

const isController = (node: Node): boolean =>
  node.type === "NewExpression" && calleeName(node) === "AbortController";

/** Where a pair's cancel function goes: the second element, or the property `cancel`; null where it is left out. */
function cancelOf(pattern: Node): Node | null | undefined {
  if (pattern.type === "ArrayPattern") return pattern.elements[1] ?? null;
  if (pattern.type !== "ObjectPattern") return undefined;
  for (const property of pattern.properties) {
    if (property.type !== "Property") return undefined;
    if (property.key.type === "Identifier" && property.key.name === "cancel") return property.value;
  }
  return null;
}

/**
 * A derived context whose cancel is not reached on every path.
 *
 * Damage     T27: the context stays in its parent's list of children for as long as the parent lives, with its timer
 *            and all its listeners; under the context of a server that is for ever.
 * Instead    `using ctx = parent.cancellable(...)`, which no return, throw or `await` can go around.
 */
export const lostCancel: Rule = {
  meta: meta({
    description: "A derived context must be cancelled or disposed on every path (T27).",
    messages: {
      lost: "`{{name}}` is not cancelled on all paths: {{exit}} is reached without it. Write `using {{name}} = ...`, or cancel it in a `finally`.",
      lostFunction:
        "`{{name}}` is not used on all paths: {{exit}} is reached without it. Call it in a `finally`.",
      discarded:
        "The context made by `{{maker}}` can never be cancelled, since nothing holds what cancels it. Write `using ctx = ...` and pass `ctx` on.",
    },
  }),

  create(context: RuleContext) {
    const check = (variable: Variable | undefined, opens: Node, release: Release): void => {
      if (variable === undefined) return;
      const loss = firstLoss(context.sourceCode, { variable, opens, release });
      if (loss === undefined) return;
      const messageId = release.byMention ? "lostFunction" : "lost";
      context.report({ node: opens, messageId, data: { name: variable.name, exit: describeLoss(loss) } });
    };

    const discarded = (node: CallExpression): void =>
      context.report({ node, messageId: "discarded", data: { maker: calleeName(node) ?? "" } });

    /** `target` gets the value of `source` when `opens` was evaluated. */
    const bound = (target: Node, source: Node, opens: Binding): void => {
      const value = bare(source);
      if (isDerivation(value)) check(variableOf(context.sourceCode, target), opens, CONTEXT);
      else if (isController(value)) check(variableOf(context.sourceCode, target), opens, CONTROLLER);
      else if (isPair(value) && value.type === "CallExpression") {
        const cancel = cancelOf(target);
        if (cancel === null || (cancel?.type === "Identifier" && cancel.name === "_")) discarded(value);
        else if (cancel !== undefined) check(variableOf(context.sourceCode, cancel), opens, CANCEL_FUNCTION);
      }
    };

    return {
      ...boundValues(bound),
      CallExpression(node: CallExpression) {
        if (isDerivation(node) && !isHandedOver(node, CONTEXT)) discarded(node);
      },
    };
  },
};
