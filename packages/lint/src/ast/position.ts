import type { FunctionNode, Loop, Node } from "./nodes.ts";
import { isFunction, isLoop } from "./nodes.ts";
import { calleeName } from "./names.ts";

/** The node's ancestors, nearest first. */
export function* ancestors(node: Node): Generator<Node> {
  for (let up = node.parent; up !== null; up = up.parent) yield up;
}

export function enclosingFunction(node: Node): FunctionNode | undefined {
  for (const up of ancestors(node)) if (isFunction(up)) return up;
  return undefined;
}

export const isInside = (node: Node, outer: Node): boolean =>
  node.range[0] >= outer.range[0] && node.range[1] <= outer.range[1];

/** The functions between a node and an outer function, nearest first. */
export function functionsBetween(node: Node, outer: Node): FunctionNode[] {
  const found: FunctionNode[] = [];
  for (const up of ancestors(node)) {
    if (up === outer) break;
    if (isFunction(up)) found.push(up);
  }
  return found;
}

const ITERATION = new Set(["forEach", "map", "flatMap"]);

/** True for `(x) => ...` in `list.forEach((x) => ...)`: a loop's body in all but name. */
const isIterationBody = (node: Node): boolean =>
  node.parent?.type === "CallExpression" &&
  node.parent.arguments[0] === node &&
  ITERATION.has(calleeName(node.parent) ?? "");

/** True when the node is evaluated on every turn of the loop: not its init, nor what it iterates over. */
function turnsWith(loop: Loop, child: Node): boolean {
  if (loop.type === "ForStatement") return child !== loop.init;
  if (loop.type === "ForOfStatement" || loop.type === "ForInStatement") return child === loop.body;
  return true;
}

/** The nearest loop, or callback of an iteration, that evaluates the node again and again in the same function. */
export function enclosingLoop(node: Node): Node | undefined {
  let child = node;
  for (const up of ancestors(node)) {
    if (isLoop(up) && turnsWith(up, child)) return up;
    if (isFunction(up)) return isIterationBody(up) ? up : undefined;
    child = up;
  }
  return undefined;
}

/** True when nothing takes the expression's value: `f();`, `void f();`, `a && f();`, `(a, f());`. */
export function isDropped(node: Node): boolean {
  let child = node;
  for (const up of ancestors(node)) {
    if (up.type === "ExpressionStatement") return true;
    const passes =
      up.type === "ChainExpression" ||
      up.type === "AwaitExpression" ||
      up.type === "TSNonNullExpression" ||
      (up.type === "UnaryExpression" && up.operator === "void") ||
      (up.type === "LogicalExpression" && up.right === child) ||
      (up.type === "ConditionalExpression" && up.test !== child) ||
      up.type === "SequenceExpression";
    if (!passes) return false;
    child = up;
  }
  return false;
}

/** True when `await` stands between the node and its statement. */
export function isAwaited(node: Node): boolean {
  for (let up = node.parent; up !== null && up.type !== "ExpressionStatement"; up = up.parent)
    if (up.type === "AwaitExpression") return true;
  return false;
}
