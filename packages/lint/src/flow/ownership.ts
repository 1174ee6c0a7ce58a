import { bare, calleeName, memberName } from "../ast/names.ts";
import type { Node } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import { functionsBetween } from "../ast/position.ts";
import type { Variable } from "../ast/rule.ts";

/** How a thing is let go of. */
export interface Release {
  /** Members whose mention releases it: `x.cancel()`, `x[Symbol.dispose]()`. */
  readonly members: ReadonlySet<string>;
  /** Any mention counts: it is the release function itself. */
  readonly byMention: boolean;
  /** Functions that release what they are given, by how their names begin: `closeAll(x)`. */
  readonly byFunction: RegExp;
  /** An argument of any call is passed on for good, not lent. */
  readonly byArgument: boolean;
}

/** Methods that keep what they are given, or release it later. */
const KEEPS = new Set(["use", "adopt", "defer", "push", "unshift", "add", "set", "track"]);

/** Classes of the kernel and the language that only work under what they are given. */
const BORROWS = new Set(["Ticker", "Scope", "Channel", "Promise", "Error"]);

/** True for a call that keeps or ends what it is given, and for `new Owner(x)`. */
function keeps(node: Node, release: Release): boolean {
  if (node.type === "NewExpression") return release.byArgument || !BORROWS.has(calleeName(node) ?? "");
  if (node.type !== "CallExpression") return false;
  const name = calleeName(node) ?? "";
  return release.byArgument || KEEPS.has(name) || release.byFunction.test(name);
}

/**
 * True when an expression's value gets a new owner: it is returned, stored, or given to what keeps it.
 * Climbs through what passes the value on; a literal's owner is the owner of what is in it.
 */
export function isHandedOver(node: Node, release: Release): boolean {
  let child = node;
  for (let up = node.parent; up !== null; child = up, up = up.parent) {
    switch (up.type) {
      case "ReturnStatement":
      case "YieldExpression":
      case "PropertyDefinition":
      case "ExportDefaultDeclaration":
        return true;
      case "ArrowFunctionExpression":
        return up.body === child;
      case "AssignmentExpression":
        return up.right === child;
      case "VariableDeclarator":
        return up.init === child;
      case "AssignmentPattern":
        return true;
      case "CallExpression":
      case "NewExpression":
        return up.callee !== child && keeps(up, release);
      case "ConditionalExpression":
        if (up.test === child) return false;
        break;
      case "LogicalExpression":
      case "AwaitExpression":
      case "ChainExpression":
      case "TSNonNullExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "SpreadElement":
      case "ObjectExpression":
      case "ArrayExpression":
      case "SequenceExpression":
        break;
      case "Property":
        if (up.value !== child) return false;
        break;
      default:
        return false;
    }
  }
  return false;
}

/** True when this mention of the held thing lets go of it. */
function lets(mention: Node, release: Release): boolean {
  if (release.byMention) return true;
  const { parent } = mention;
  if (parent?.type === "MemberExpression" && parent.object === mention)
    return release.members.has(memberName(parent) ?? "");
  // `x!.cancel()` and the like
  if (parent !== null && bare(parent) === mention && parent !== mention && lets(parent, release)) return true;
  return isHandedOver(mention, release);
}

/**
 * The nodes of `body` after which the variable's thing is released or has another owner; a closure that releases it
 * counts where it is made. Undefined when a closure that exists from the start does, or when the variable outlives
 * `body`: then no path tells.
 */
export function settlements(variable: Variable, body: Node, release: Release): Set<Node> | undefined {
  const found = new Set<Node>();
  for (const reference of variable.references) {
    const mention = reference.identifier;
    if (!reference.isRead() || !lets(mention, release)) continue;
    const closure = functionsBetween(mention, body).at(-1);
    if (closure === undefined) found.add(mention);
    else if (isFunction(closure) && closure.type === "FunctionDeclaration") return undefined;
    else found.add(closure);
  }
  return found;
}
