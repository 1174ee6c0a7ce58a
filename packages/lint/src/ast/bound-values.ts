import type { AssignmentExpression, Node, VariableDeclarator } from "./nodes.ts";

/** Where a name gets a value. */
export type Binding = AssignmentExpression | VariableDeclarator;

/**
 * The visitor that sees every value given to a name, by a declaration or by `=`; not what `using` holds, which is
 * disposed whatever happens. `bound` gets the target, the value, and the node after which the target has it.
 */
export const boundValues = (bound: (target: Node, value: Node, opens: Binding) => void) => ({
  VariableDeclarator(node: VariableDeclarator) {
    const { parent } = node;
    const isUsing = parent?.type === "VariableDeclaration" && parent.kind.endsWith("using");
    if (node.init !== null && !isUsing) bound(node.id, node.init, node);
  },
  AssignmentExpression(node: AssignmentExpression) {
    if (node.operator === "=") bound(node.left, node.right, node);
  },
});
