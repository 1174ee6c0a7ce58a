import { variableOf } from "../ast/bindings.ts";
import { isListening } from "../ast/callbacks.ts";
import { bare, calleeName, isMemberOf, receiverOf } from "../ast/names.ts";
import type { Assertion, Node, VariableDeclarator } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import type { Rule, RuleContext } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

/** Events whose payload comes from outside the process or the thread. */
const INCOMING = new Set(["message", "data", "messageerror", "storage"]);

/** True for a type that says nothing about what is inside: `unknown`, `unknown[]`, `Record<string, unknown>`. */
function saysNothing(type: Node | null | undefined): boolean {
  switch (type?.type) {
    case "TSUnknownKeyword":
      return true;
    case "TSArrayType":
      return saysNothing(type.elementType);
    case "TSTypeOperator":
      return saysNothing(type.typeAnnotation);
    case "TSTypeReference": {
      const last = type.typeArguments?.params.at(-1);
      const isConst = type.typeName.type === "Identifier" && type.typeName.name === "const";
      return isConst || (last !== undefined && saysNothing(last));
    }
    case "TSTypeLiteral":
      return type.members.every(
        (member) =>
          (member.type === "TSPropertySignature" || member.type === "TSIndexSignature") &&
          saysNothing(member.typeAnnotation?.typeAnnotation),
      );
    default:
      return false;
  }
}

/** Where an expression's value comes from, if by its look that is outside. */
function foreignSource(context: RuleContext, node: Node, isWhole = true): string | undefined {
  const value = bare(node);
  if (value.type === "AwaitExpression" && value.argument !== null)
    return foreignSource(context, value.argument, isWhole);
  if (value.type === "TSAsExpression" && saysNothing(value.typeAnnotation))
    return foreignSource(context, value.expression, isWhole);
  if (value.type === "CallExpression") {
    if (isMemberOf(value.callee, ["JSON"], "parse")) return "`JSON.parse`";
    const isBody =
      receiverOf(value) !== undefined && calleeName(value) === "json" && value.arguments.length === 0;
    return isBody ? "a body's `json()`" : undefined;
  }
  if (value.type === "MemberExpression") return foreignSource(context, value.object, false);
  return value.type === "Identifier" ? foreignName(context, value, isWhole) : undefined;
}

/** The same for a name: a caught error, what an incoming event carries, what is declared `unknown`. */
function foreignName(context: RuleContext, name: Node, isWhole: boolean): string | undefined {
  const variable = variableOf(context.sourceCode, name);
  const definition = variable?.defs[0];
  if (variable === undefined || definition === undefined) return undefined;
  if (definition.type === "CatchClause") return isWhole ? "a `catch`" : undefined;
  if (definition.type === "Parameter" && isPayload(definition.node)) return "an event";
  return undefined;
}

/** True for a function that is called with what comes in: `socket.on("message", (data) => ...)`. */
function isPayload(handler: Node): boolean {
  const call = handler.parent;
  if (!isFunction(handler) || call?.type !== "CallExpression" || !isListening(call)) return false;
  const event = call.arguments[0];
  return call.arguments[1] === handler && event?.type === "Literal" && INCOMING.has(String(event.value));
}

/**
 * A type assertion on what came from outside.
 *
 * Damage     T21: the compiler believes it and checks nothing; a missing field is `undefined` far from here, where
 *            nobody looks for it, and a hostile one is a hole.
 * Instead    a decoder that checks each field, or a schema; `as Record<string, unknown>` as its first step is fine,
 *            since it claims nothing of the fields.
 */
export const asOnForeignData: Rule = {
  meta: meta({
    description: "What comes from outside is decoded, not asserted (T21).",
    messages: {
      asserted:
        "What comes from {{source}} is not checked by `as`. Decode it field by field, or by a schema; narrow an error with `instanceof`.",
      declared:
        "What comes from {{source}} is `any`, and this declaration checks nothing. Declare it `unknown` and decode it.",
    },
  }),

  create(context: RuleContext) {
    const asserted = (node: Assertion): void => {
      if (saysNothing(node.typeAnnotation)) return;
      const source = foreignSource(context, node.expression);
      if (source !== undefined) context.report({ node, messageId: "asserted", data: { source } });
    };

    return {
      TSAsExpression: asserted,
      TSTypeAssertion: asserted,

      VariableDeclarator(node: VariableDeclarator) {
        const type = node.id.type === "Identifier" ? node.id.typeAnnotation?.typeAnnotation : undefined;
        if (type === undefined || saysNothing(type) || node.init === null) return;
        const value = bare(node.init);
        const isCall = value.type === "CallExpression" || value.type === "AwaitExpression";
        const source = isCall ? foreignSource(context, value) : undefined;
        if (source !== undefined) context.report({ node, messageId: "declared", data: { source } });
      },
    };
  },
};
