import type { CallExpression, Node } from "./nodes.ts";

/** Without what changes nothing at run time: `?.` chains, `!`, `satisfies`. */
export function bare(node: Node): Node {
  let inner = node;
  while (
    inner.type === "ChainExpression" ||
    inner.type === "TSNonNullExpression" ||
    inner.type === "TSSatisfiesExpression"
  )
    inner = inner.expression;
  return inner;
}

/** `x.name` and `x["name"]` give `name`; `x[Symbol.dispose]` and `x[dispose]` give `dispose`; `#name` is `name`. */
export function memberName(node: Node): string | undefined {
  const member = bare(node);
  if (member.type !== "MemberExpression") return undefined;
  const { property, computed } = member;
  if (!computed)
    return property.type === "PrivateIdentifier" || property.type === "Identifier"
      ? property.name
      : undefined;
  if (property.type === "Literal") return typeof property.value === "string" ? property.value : undefined;
  if (property.type === "Identifier") return property.name;
  return memberName(property);
}

/** The last name of what is called: `f` of `f()`, `send` of `a.b.send()`. */
export function calleeName(call: { readonly callee: Node }): string | undefined {
  const callee = bare(call.callee);
  return callee.type === "Identifier" ? callee.name : memberName(callee);
}

/** `a` of `a.b.c`, `this` of `this.b`. */
export function rootOf(node: Node): Node {
  let root = bare(node);
  while (root.type === "MemberExpression" || root.type === "CallExpression")
    root = bare(root.type === "MemberExpression" ? root.object : root.callee);
  return root;
}

/** The object a method is called on. */
export function receiverOf(call: CallExpression): Node | undefined {
  const callee = bare(call.callee);
  return callee.type === "MemberExpression" ? callee.object : undefined;
}

/** True for `name` and for `globalThis.name`, `window.name`, `self.name`, `global.name`. */
export function isMemberOf(node: Node, objects: readonly string[], name: string): boolean {
  const member = bare(node);
  if (member.type !== "MemberExpression" || memberName(member) !== name) return false;
  const object = bare(member.object);
  return object.type === "Identifier" && objects.includes(object.name);
}

/** The call in `call()`, `await call()`, `call()!`, `(call() as T)`. */
export function callIn(node: Node): CallExpression | undefined {
  const inner = bare(node);
  if (inner.type === "CallExpression") return inner;
  if (inner.type === "AwaitExpression" && inner.argument !== null) return callIn(inner.argument);
  if (inner.type === "TSAsExpression") return callIn(inner.expression);
  return undefined;
}
