import { bare } from "../ast/names.ts";
import type { Node } from "../ast/nodes.ts";

const isNamed = (node: Node, name: string): boolean => {
  const value = bare(node);
  return value.type === "Identifier" && value.name === name;
};

const isNothing = (node: Node): boolean =>
  (node.type === "Literal" && node.value === null) || isNamed(node, "undefined");

/** Which outcome of a test says that the named variable is null or undefined: none, unless the test asks just that. */
export function nullOutcome(test: Node, name: string): boolean | undefined {
  const condition = bare(test);
  if (isNamed(condition, name)) return false;
  if (condition.type === "UnaryExpression" && condition.operator === "!" && condition.argument !== null) {
    const inner = nullOutcome(condition.argument, name);
    return inner === undefined ? undefined : !inner;
  }
  if (condition.type !== "BinaryExpression") return undefined;
  const { left, right, operator } = condition;
  const asks = (isNamed(left, name) && isNothing(right)) || (isNamed(right, name) && isNothing(left));
  if (!asks) return undefined;
  if (operator === "===" || operator === "==") return true;
  return operator === "!==" || operator === "!=" ? false : undefined;
}
