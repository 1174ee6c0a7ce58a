import { describe, it } from "node:test";
import { RuleTester } from "oxlint/plugins-dev";
import { type RuleName, rules } from "../src/index.ts";

interface Expected {
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string | number>>;
  readonly line?: number;
}

/** One program, under a title that says what of it is right or wrong. */
interface Case {
  readonly name: string;
  readonly code: string;
  readonly options?: readonly unknown[];
}

interface WrongCase extends Case {
  readonly errors: readonly Expected[];
}

export interface Cases {
  readonly valid: readonly Case[];
  readonly invalid: readonly WrongCase[];
}

/** The part of ESLint's `RuleTester` that oxlint's shares. */
interface Tester {
  run(name: string, rule: unknown, cases: unknown): void;
}

interface TesterClass {
  new (config: unknown): Tester;
  describe: unknown;
  it: unknown;
}

interface EslintModule {
  readonly RuleTester: TesterClass;
}

const optional = async <T>(specifier: string): Promise<T | undefined> => {
  try {
    return (await import(specifier)) as T;
  } catch {
    return undefined; // not installed here
  }
};

const eslint = await optional<EslintModule>("eslint");
const parser = await optional<{ readonly default: unknown }>("@typescript-eslint/parser");

/** ESLint is no dependency of ours; where somebody has installed it, every case runs in it too. */
export const hasEslint = eslint !== undefined && parser !== undefined;

const withOxlint = (): Tester => {
  const tester = RuleTester as unknown as TesterClass;
  tester.describe = describe;
  tester.it = it;
  return new tester({ languageOptions: { parserOptions: { lang: "ts" }, sourceType: "module" } });
};

const withEslint = (): Tester => {
  const tester = eslint!.RuleTester;
  tester.describe = describe;
  tester.it = it;
  return new tester({ languageOptions: { parser: parser!.default, sourceType: "module" } });
};

/** Runs every case through the real tool: oxlint, and ESLint where it is. */
export function ruleCases(name: RuleName, cases: Cases): void {
  withOxlint().run(name, rules[name], cases);
  if (hasEslint) withEslint().run(`${name} in ESLint`, rules[name], cases);
}
