import { isDeferral } from "../ast/callbacks.ts";
import { calleeName } from "../ast/names.ts";
import type { CallExpression, FunctionNode, Node } from "../ast/nodes.ts";
import { isFunction, isLoop } from "../ast/nodes.ts";
import { ancestors, enclosingFunction, isInside } from "../ast/position.ts";
import type { Rule, RuleContext, Variable } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

const STARTS = new Set(["spawn", "go"]);

/** The function that a call starts to run later, beside what follows. */
function startedBody(call: CallExpression): FunctionNode | undefined {
  if (!STARTS.has(calleeName(call) ?? "") && !isDeferral(call)) return undefined;
  // `await scope.spawn(...)`: it is over before the next statement.
  if (call.parent?.type === "AwaitExpression") return undefined;
  const body = call.arguments[0];
  return body !== undefined && isFunction(body) ? body : undefined;
}

const isPerTurn = (variable: Variable, loop: Node): boolean => {
  const declaration = variable.defs[0]?.parent;
  if (declaration?.type === "VariableDeclaration" && declaration.kind === "var") return false;
  return variable.identifiers.every((name) => isInside(name, loop));
};

/** True when a write comes after the body was given away: further down, or on the next turn of a loop around both. */
function comesAfter(write: Node, body: FunctionNode, variable: Variable): boolean {
  if (write.range[0] > body.range[1]) {
    // The update of `for (let i = 0; ...; i++)` writes the next turn's own variable.
    return !isOwnLoopUpdate(write, body, variable);
  }
  for (const up of ancestors(body)) {
    if (isFunction(up)) return false;
    if (isLoop(up) && isInside(write, up)) return !isPerTurn(variable, up);
  }
  return false;
}

function isOwnLoopUpdate(write: Node, body: FunctionNode, variable: Variable): boolean {
  for (const up of ancestors(body))
    if (up.type === "ForStatement" && isInside(write, up))
      return isPerTurn(variable, up) && isInHead(write, up);
  return false;
}

const isInHead = (write: Node, loop: Node): boolean =>
  loop.type === "ForStatement" && !isInside(write, loop.body);

/** The variables of outer functions that a body reads and does not write. */
function* captured(context: RuleContext, body: FunctionNode): Generator<Variable> {
  const scopes = new Set<Variable>();
  const visit = (variable: Variable): boolean => {
    if (scopes.has(variable)) return false;
    scopes.add(variable);
    return true;
  };
  for (let scope = context.sourceCode.getScope(body).upper; scope !== null; scope = scope.upper)
    for (const variable of scope.set.values()) if (visit(variable)) yield variable;
}

/**
 * A variable that changes after a body that reads it was started.
 *
 * Damage     T02: the body runs later and sees the value of that moment, not the one of its start: the last turn's
 *            instead of its own.
 * Instead    a `const` inside the loop, or beside the start, that the body reads.
 */
export const mutableCapture: Rule = {
  meta: meta({
    description: "A started body reads only variables that do not change after its start (T02).",
    messages: {
      changed:
        "`{{name}}` is read in a body given to `{{starter}}` and changes later, on line {{line}}. Give the body a `const` of its own.",
    },
  }),

  create(context: RuleContext) {
    return {
      CallExpression(node: CallExpression) {
        const body = startedBody(node);
        if (body === undefined) return;
        const owner = enclosingFunction(node);
        for (const variable of captured(context, body)) {
          const inBody = variable.references.filter(({ identifier }) => isInside(identifier, body));
          const read = inBody.find((reference) => reference.isRead());
          if (read === undefined || inBody.some((reference) => reference.isWrite())) continue;
          const write = variable.references.find(
            (reference) =>
              reference.isWrite() &&
              enclosingFunction(reference.identifier) === owner &&
              comesAfter(reference.identifier, body, variable),
          );
          if (write === undefined) continue;
          const { line } = write.identifier.loc.start;
          context.report({
            node: read.identifier,
            messageId: "changed",
            data: { name: variable.name, starter: calleeName(node) ?? "", line },
          });
        }
      },
    };
  },
};
