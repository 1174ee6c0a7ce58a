import type { Node } from "./nodes.ts";
import { isFunction } from "./nodes.ts";
import type { SourceCode } from "./rule.ts";

/** The node's children in the order of the source, by the parser's own table. */
export function children(code: SourceCode, node: Node): Node[] {
  const fields = node as unknown as Readonly<
    Record<string, Node | readonly (Node | null)[] | null | undefined>
  >;
  return (code.visitorKeys[node.type] ?? []).flatMap((key) => {
    const field = fields[key];
    if (field === null || field === undefined) return [];
    return "length" in field ? field.filter((child) => child !== null) : [field];
  });
}

/** A node and all below it, without the bodies of functions in it. */
export function* within(code: SourceCode, node: Node): Generator<Node> {
  yield node;
  if (!isFunction(node)) for (const child of children(code, node)) yield* within(code, child);
}
