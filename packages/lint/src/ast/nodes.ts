/**
 * The part of ESTree (with TypeScript) that the rules look at.
 *
 * Shape      a closed union over `type`; a parser gives more kinds than these, so every `switch` has a default.
 * Source     github.com/estree/estree and the TypeScript additions of typescript-eslint, which oxlint shares.
 */

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Base {
  readonly range: readonly [number, number];
  readonly loc: { readonly start: Position; readonly end: Position };
  /** Null for the program only. */
  readonly parent: Node | null;
}

export interface Identifier extends Base {
  readonly type: "Identifier";
  readonly name: string;
  readonly typeAnnotation?: TypeAnnotation | null | undefined;
}

export interface MemberExpression extends Base {
  readonly type: "MemberExpression";
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}

export interface CallExpression extends Base {
  readonly type: "CallExpression";
  readonly callee: Node;
  readonly arguments: readonly Node[];
}

export interface NewExpression extends Base {
  readonly type: "NewExpression";
  readonly callee: Node;
  readonly arguments: readonly Node[];
}

export interface FunctionNode extends Base {
  readonly type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression";
  readonly id?: Identifier | null;
  readonly params: readonly Node[];
  readonly body: Node;
  readonly async: boolean;
}

export interface VariableDeclarator extends Base {
  readonly type: "VariableDeclarator";
  readonly id: Node;
  readonly init: Node | null;
}

export interface VariableDeclaration extends Base {
  readonly type: "VariableDeclaration";
  readonly kind: "var" | "let" | "const" | "using" | "await using";
  readonly declarations: readonly VariableDeclarator[];
}

export interface AssignmentExpression extends Base {
  readonly type: "AssignmentExpression";
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
}

interface Wrapper extends Base {
  readonly type:
    | "AwaitExpression"
    | "YieldExpression"
    | "SpreadElement"
    | "ThrowStatement"
    | "ReturnStatement"
    | "UnaryExpression";
  readonly argument: Node | null;
  readonly operator?: string;
}

interface Inner extends Base {
  readonly type: "ChainExpression" | "ExpressionStatement" | "TSNonNullExpression" | "TSSatisfiesExpression";
  readonly expression: Node;
}

export interface Assertion extends Base {
  readonly type: "TSAsExpression" | "TSTypeAssertion";
  readonly expression: Node;
  readonly typeAnnotation: Node;
}

interface LogicalExpression extends Base {
  readonly type: "LogicalExpression";
  readonly operator: "&&" | "||" | "??";
  readonly left: Node;
  readonly right: Node;
}

interface BinaryExpression extends Base {
  readonly type: "BinaryExpression";
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
}

interface Choice extends Base {
  readonly type: "IfStatement" | "ConditionalExpression";
  readonly test: Node;
  readonly consequent: Node;
  readonly alternate: Node | null;
}

export interface ForStatement extends Base {
  readonly type: "ForStatement";
  readonly init: Node | null;
  readonly test: Node | null;
  readonly update: Node | null;
  readonly body: Node;
}

export interface ForEach extends Base {
  readonly type: "ForOfStatement" | "ForInStatement";
  readonly left: Node;
  readonly right: Node;
  readonly body: Node;
  readonly await?: boolean;
}

export interface WhileLoop extends Base {
  readonly type: "WhileStatement" | "DoWhileStatement";
  readonly test: Node;
  readonly body: Node;
}

export type Loop = ForStatement | ForEach | WhileLoop;

export interface SwitchCase extends Base {
  readonly type: "SwitchCase";
  readonly test: Node | null;
  readonly consequent: readonly Node[];
}

export interface SwitchStatement extends Base {
  readonly type: "SwitchStatement";
  readonly discriminant: Node;
  readonly cases: readonly SwitchCase[];
}

interface CatchClause extends Base {
  readonly type: "CatchClause";
  readonly param: Node | null;
  readonly body: Node;
}

export interface TryStatement extends Base {
  readonly type: "TryStatement";
  readonly block: Node;
  readonly handler: CatchClause | null;
  readonly finalizer: Node | null;
}

export interface LabeledStatement extends Base {
  readonly type: "LabeledStatement";
  readonly label: Identifier;
  readonly body: Node;
}

export interface Jump extends Base {
  readonly type: "BreakStatement" | "ContinueStatement";
  readonly label: Identifier | null;
}

interface Block extends Base {
  readonly type: "BlockStatement" | "Program" | "StaticBlock" | "ClassBody";
  readonly body: readonly Node[];
}

interface ClassNode extends Base {
  readonly type: "ClassDeclaration" | "ClassExpression";
  readonly id: Identifier | null;
  readonly body: Node;
}

export interface Property extends Base {
  readonly type: "Property" | "MethodDefinition" | "PropertyDefinition";
  readonly key: Node;
  readonly value: Node;
  readonly computed: boolean;
}

interface PropertyList extends Base {
  readonly type: "ObjectExpression" | "ObjectPattern";
  readonly properties: readonly Node[];
}

interface ElementList extends Base {
  readonly type: "ArrayExpression" | "ArrayPattern";
  readonly elements: readonly (Node | null)[];
}

interface Literal extends Base {
  readonly type: "Literal";
  readonly value: unknown;
}

export interface TypeAnnotation extends Base {
  readonly type: "TSTypeAnnotation";
  readonly typeAnnotation: Node;
}

interface TypeReference extends Base {
  readonly type: "TSTypeReference";
  readonly typeName: Node;
  readonly typeArguments?: { readonly params: readonly Node[] } | null;
}

interface TypeLiteral extends Base {
  readonly type: "TSTypeLiteral";
  readonly members: readonly Node[];
}

interface PropertySignature extends Base {
  readonly type: "TSPropertySignature" | "TSIndexSignature";
  readonly typeAnnotation?: TypeAnnotation | null;
}

interface TypeOperator extends Base {
  readonly type: "TSTypeOperator";
  readonly typeAnnotation: Node | null;
}

interface ArrayType extends Base {
  readonly type: "TSArrayType";
  readonly elementType: Node;
}

interface ImportDeclaration extends Base {
  readonly type: "ImportDeclaration";
  readonly source: Literal;
}

interface Plain extends Base {
  readonly type:
    | "PrivateIdentifier"
    | "ThisExpression"
    | "Super"
    | "TSUnknownKeyword"
    | "TemplateLiteral"
    | "SequenceExpression"
    | "UpdateExpression"
    | "AssignmentPattern"
    | "ExportNamedDeclaration"
    | "ExportDefaultDeclaration";
  readonly name?: string;
}

export type Node =
  | ArrayType
  | Assertion
  | AssignmentExpression
  | BinaryExpression
  | Block
  | CallExpression
  | CatchClause
  | Choice
  | ClassNode
  | ElementList
  | ForEach
  | ForStatement
  | FunctionNode
  | Identifier
  | ImportDeclaration
  | Inner
  | Jump
  | LabeledStatement
  | Literal
  | LogicalExpression
  | MemberExpression
  | NewExpression
  | Plain
  | Property
  | PropertyList
  | PropertySignature
  | SwitchCase
  | SwitchStatement
  | TryStatement
  | TypeAnnotation
  | TypeLiteral
  | TypeOperator
  | TypeReference
  | VariableDeclaration
  | VariableDeclarator
  | WhileLoop
  | Wrapper;

export const isFunction = (node: Node): node is FunctionNode =>
  node.type === "FunctionDeclaration" ||
  node.type === "FunctionExpression" ||
  node.type === "ArrowFunctionExpression";

export const isLoop = (node: Node): node is Loop =>
  node.type === "ForStatement" ||
  node.type === "ForOfStatement" ||
  node.type === "ForInStatement" ||
  node.type === "WhileStatement" ||
  node.type === "DoWhileStatement";
