import { isMemberOf } from "../ast/names.ts";
import type { MemberExpression, Node, VariableDeclarator } from "../ast/nodes.ts";
import type { Rule, RuleContext } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

const HOLDERS = ["AbortSignal"];

const takesAny = (pattern: Node): boolean =>
  pattern.type === "ObjectPattern" &&
  pattern.properties.some(
    (property) =>
      property.type === "Property" && property.key.type === "Identifier" && property.key.name === "any",
  );

/**
 * A signal joined from others.
 *
 * Damage     T27: the joined signal cannot be taken off its sources; under one that lives as long as the process
 *            they pile up (nodejs/node issues 54614 and 55351).
 * Instead    `using ctx = parent.cancellable({ timeout })` and `ctx.signal`: a context has one parent and leaves it
 *            when it is disposed.
 */
export const noAbortSignalAny: Rule = {
  meta: meta({
    description: "Signals are not joined with AbortSignal.any (T27).",
    messages: {
      joined:
        "A signal joined by `AbortSignal.any` stays with its sources for as long as they live. Derive a context (`using ctx = parent.cancellable()`) and pass `ctx.signal`.",
    },
  }),

  create(context: RuleContext) {
    return {
      MemberExpression(node: MemberExpression) {
        if (isMemberOf(node, HOLDERS, "any")) context.report({ node, messageId: "joined" });
      },
      VariableDeclarator(node: VariableDeclarator) {
        const isSource = node.init?.type === "Identifier" && HOLDERS.includes(node.init.name);
        if (isSource && takesAny(node.id)) context.report({ node, messageId: "joined" });
      },
    };
  },
};
