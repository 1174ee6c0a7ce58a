import type { Outcome } from "../test-run/run-file.ts";

/** What a port runs on, in the order of the columns. */
export const ENGINES = ["memory", "sqlite", "kafka", "redis", "postgres"] as const;
export type Engine = (typeof ENGINES)[number];

type Result = "ok" | "FAIL" | "skipped";

/** One test of a contract, on each engine that has an implementation of the port. */
export interface ContractRow {
  readonly test: string;
  readonly on: Partial<Record<Engine, Result>>;
}

/** Contract (`a danmaku log`) -> its tests, in the order in which the contract has them. */
export type Contracts = ReadonlyMap<string, readonly ContractRow[]>;

/** Suites of contracts are named `<implementation> as <what it is>`. */
export const CONTRACT_SUITE = /^(\w+)(?: .+)? as (.+)$/;

const RESULT = { passed: "ok", failed: "FAIL", skipped: "skipped" } as const;

/** The same test on each engine, from what the test files told. */
export function sideBySide(outcomes: readonly Outcome[]): Contracts {
  const contracts = new Map<string, Map<string, ContractRow>>();
  for (const { outcome, name, suites } of outcomes) {
    const at = suites.findIndex((suite) => CONTRACT_SUITE.test(suite));
    const [, implementation = "", contract] = CONTRACT_SUITE.exec(suites[at] ?? "") ?? [];
    if (contract === undefined) continue;
    const rows = contracts.get(contract) ?? new Map<string, ContractRow>();
    contracts.set(contract, rows);
    const test = [...suites.slice(at + 1), name].join(": ");
    const row = rows.get(test) ?? { test, on: {} };
    const engine = engineOf(implementation);
    const result = row.on[engine] === "FAIL" ? "FAIL" : RESULT[outcome];
    rows.set(test, { test, on: { ...row.on, [engine]: result } });
  }
  return new Map([...contracts].map(([contract, rows]) => [contract, [...rows.values()]]));
}

/** `RedisWindow` runs on Redis; what is named after no engine is the embedded server's own, in memory. */
const engineOf = (implementation: string): Engine =>
  ENGINES.find((engine) => implementation.toLowerCase().startsWith(engine)) ?? "memory";
