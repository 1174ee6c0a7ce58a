import { importedFrom, variableNamed, variableOf } from "../ast/bindings.ts";
import { bare, calleeName, isMemberOf, memberName } from "../ast/names.ts";
import type { CallExpression, Node } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import type { Rule, RuleContext, Variable } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

const GLOBALS = ["globalThis", "window", "self", "global"];
const STARTS = new Set(["setInterval", "setTimeout"]);
/** Methods of a timer's handle that do not stop it and give it back. */
const ADJUSTS = new Set(["ref", "unref", "refresh", "hasRef"]);

/** The timer function that is called, unless the name means something of this program. */
function timerOf(context: RuleContext, call: CallExpression): string | undefined {
  const callee = bare(call.callee);
  const name = calleeName(call) ?? "";
  if (!STARTS.has(name)) return undefined;
  if (callee.type !== "Identifier") return isMemberOf(callee, GLOBALS, name) ? name : undefined;
  const variable = variableNamed(context.sourceCode, name, callee);
  const from = importedFrom(variable);
  return variable === undefined || from === "node:timers" || from === "timers" ? name : undefined;
}

/** The outermost expression that still is the handle: `setTimeout(...)`, `setTimeout(...).unref()`. */
function handle(node: Node): Node {
  const { parent } = node;
  if (parent === null) return node;
  if (parent.type === "MemberExpression" && parent.object === node && ADJUSTS.has(memberName(parent) ?? ""))
    return handle(parent);
  if (parent.type === "CallExpression" && parent.callee === node) return handle(parent);
  return bare(parent) === bare(node) && parent !== node ? handle(parent) : node;
}

/** True for the body of `() => setTimeout(...)` where nobody can want what it gives. */
function isForgottenResult(value: Node): boolean {
  const { parent } = value;
  if (parent === null || !isFunction(parent) || parent.body !== value) return false;
  const taker = parent.parent;
  return taker?.type === "NewExpression" && calleeName(taker) === "Promise";
}

/** True when the variable's handle is only adjusted, or only overwritten, but never given to anyone. */
const isNeverPassed = (variable: Variable): boolean =>
  variable.references.every((reference) => {
    if (!reference.isRead()) return true;
    const { identifier } = reference;
    const { parent } = identifier;
    return (
      parent?.type === "MemberExpression" &&
      parent.object === identifier &&
      ADJUSTS.has(memberName(parent) ?? "")
    );
  });

/**
 * A timer that nothing can stop, because its handle is dropped.
 *
 * Damage     T25, T31: an interval runs for as long as the process; a timeout keeps its closure, and the process,
 *            alive until it fires, long after the work it belonged to was cancelled.
 * Instead    `using ticker = new Ticker(ms, ctx)`, `await sleep(ms, ctx)`; outside the kernel's reach keep the handle
 *            and clear it where its owner ends.
 */
export const timerNeverCleared: Rule = {
  meta: meta({
    description: "A timer's handle is kept by what will clear it (T25, T31).",
    messages: {
      dropped:
        "Nothing can clear this `{{timer}}`: its handle is dropped. Use `sleep(ms, ctx)` or `using ticker = new Ticker(ms, ctx)`, or keep the handle and clear it.",
      unused:
        "`{{name}}` holds a `{{timer}}` that is never cleared. Clear it where its owner ends, or use `sleep(ms, ctx)` or a `Ticker`.",
    },
  }),

  create(context: RuleContext) {
    return {
      CallExpression(node: CallExpression) {
        const timer = timerOf(context, node);
        if (timer === undefined) return;
        const value = handle(node);
        const { parent } = value;
        const isVoid = parent?.type === "UnaryExpression" && parent.operator === "void";
        if (parent?.type === "ExpressionStatement" || isVoid || isForgottenResult(value)) {
          context.report({ node, messageId: "dropped", data: { timer } });
          return;
        }
        const target =
          parent?.type === "VariableDeclarator"
            ? parent.id
            : parent?.type === "AssignmentExpression"
              ? parent.left
              : undefined;
        const variable = target === undefined ? undefined : variableOf(context.sourceCode, target);
        const isExported = parent?.parent?.parent?.type === "ExportNamedDeclaration";
        if (variable !== undefined && !isExported && isNeverPassed(variable))
          context.report({ node, messageId: "unused", data: { timer, name: variable.name } });
      },
    };
  },
};
