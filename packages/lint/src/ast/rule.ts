import type { Identifier, Node } from "./nodes.ts";

/** One use of a name, as scope analysis of ESLint and oxlint gives it. */
export interface Reference {
  readonly identifier: Node;
  readonly resolved: Variable | null;
  isRead(): boolean;
  isWrite(): boolean;
}

export interface Definition {
  readonly type: string;
  readonly node: Node;
  readonly parent?: Node | null;
}

export interface Variable {
  readonly name: string;
  readonly defs: readonly Definition[];
  readonly identifiers: readonly Identifier[];
  readonly references: readonly Reference[];
  readonly scope: Scope;
}

export interface Scope {
  readonly set: ReadonlyMap<string, Variable>;
  readonly upper: Scope | null;
  readonly block: Node;
}

export interface SourceCode {
  readonly visitorKeys: Readonly<Record<string, readonly string[] | undefined>>;
  getScope(node: Node): Scope;
  getDeclaredVariables(node: Node): readonly Variable[];
  getText(node: Node): string;
}

export interface Report {
  readonly node: Node;
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string | number>>;
}

export interface RuleContext {
  readonly options: readonly unknown[];
  readonly sourceCode: SourceCode;
  report(report: Report): void;
}

/** What is called for each node of a kind, by the kind's name. */
export type Visitor = Readonly<Record<string, (node: never) => void>>;

/** A rule in the format that ESLint 9 and oxlint load. */
export interface Rule {
  readonly meta: {
    readonly type: "problem";
    readonly docs: { readonly description: string };
    readonly messages: Readonly<Record<string, string>>;
    readonly schema: readonly unknown[];
  };
  create(context: RuleContext): Visitor;
}

interface RuleText {
  /** The damage, in one sentence. */
  readonly description: string;
  /** Each message says what is wrong and what to write instead. */
  readonly messages: Readonly<Record<string, string>>;
  readonly schema?: readonly unknown[];
}

/** A rule's `meta`. All of them report defects and none has a fix: what is missing is a decision. */
export const meta = ({ description, messages, schema = [] }: RuleText): Rule["meta"] => ({
  type: "problem",
  docs: { description },
  messages,
  schema,
});
