import { bare } from "./names.ts";
import type { FunctionNode, Node } from "./nodes.ts";
import { isFunction } from "./nodes.ts";
import type { RuleContext, SourceCode, Variable } from "./rule.ts";

/** The variable a name means at a node; undefined for a global nobody declares here. */
export function variableNamed(code: SourceCode, name: string, at: Node): Variable | undefined {
  for (
    let scope: ReturnType<SourceCode["getScope"]> | null = code.getScope(at);
    scope !== null;
    scope = scope.upper
  ) {
    const variable = scope.set.get(name);
    if (variable !== undefined) return variable.defs.length > 0 ? variable : undefined;
  }
  return undefined;
}

export function variableOf(code: SourceCode, node: Node): Variable | undefined {
  const name = bare(node);
  return name.type === "Identifier" ? variableNamed(code, name.name, name) : undefined;
}

/** The module a name is imported from. */
export function importedFrom(variable: Variable | undefined): string | undefined {
  const parent = variable?.defs[0]?.parent;
  return parent?.type === "ImportDeclaration" && typeof parent.source.value === "string"
    ? parent.source.value
    : undefined;
}

/** The function a node is or names, as far as this file says: `f` of `function f`, of `const f = () => ...`. */
export function functionOf(context: RuleContext, node: Node): FunctionNode | undefined {
  const value = bare(node);
  if (isFunction(value)) return value;
  const definition = variableOf(context.sourceCode, value)?.defs[0];
  if (definition === undefined) return undefined;
  if (isFunction(definition.node)) return definition.type === "FunctionName" ? definition.node : undefined;
  if (definition.node.type !== "VariableDeclarator" || definition.node.init === null) return undefined;
  const { init } = definition.node;
  return isFunction(init) ? init : undefined;
}

/** The method `name` of the class around a node, if the class itself has one. */
export function ownMethod(node: Node, name: string): FunctionNode | undefined {
  for (let up = node.parent; up !== null; up = up.parent) {
    if (up.type !== "ClassBody") continue;
    for (const member of up.body) {
      if (member.type !== "MethodDefinition" && member.type !== "PropertyDefinition") continue;
      const { key } = member;
      const isNamed = (key.type === "Identifier" || key.type === "PrivateIdentifier") && key.name === name;
      // A field without a value has none, whatever the type says.
      const value = member.value as Node | null;
      if (isNamed && value !== null && isFunction(value)) return value;
    }
    return undefined;
  }
  return undefined;
}
