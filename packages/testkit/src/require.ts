/** Everything outside the repository that some suite needs, and how to get it. */
const HOW = {
  chromium: "the Chromium browser (apt-get install chromium)",
  "shared-data": "the danmaku files in ../shared/data, beside the repository",
  strace: "strace (apt-get install strace)",
  "redis-server": "redis-server of 7.0 or newer (apt-get install redis-server)",
  registry: "an npm registry that answers",
  kafka: "Kafka (a JDK of 17 or newer, and its jars by bash scripts/kafka/fetch.sh)",
  postgresql: "PostgreSQL 14 or newer, initdb and postgres (apt-get install postgresql)",
  "old-node": "a Node older than 24 on PATH",
} as const satisfies Readonly<Record<string, string>>;

export type Requirement = keyof typeof HOW;

/**
 * Options for `describe` or `it` of a suite that needs something: skipped with a reason when it is missing.
 * Where BARRAGE_REQUIRE_SERVICES=1 (CI) a missing one fails instead, so that no suite is skipped for ever.
 *
 * Example   describe("in a browser", requireOrSkip("chromium", findChromium() !== undefined), () => { ... });
 */
export function requireOrSkip(what: Requirement, found: boolean): { skip?: string } {
  if (found) return {};
  if (mustHaveAll()) throw new Error(`BARRAGE_REQUIRE_SERVICES is set, and missing is ${HOW[what]}`);
  return { skip: `needs ${HOW[what]}` };
}

/**
 * Options for a suite that takes minutes: it runs in CI, or when `npm test -- <path>` names it.
 *
 * Example   describe("a fresh clone", slowSuite("tests/bootstrap/fresh-clone"), () => { ... });
 */
export function slowSuite(path: string): { skip?: string } {
  const asked = (process.env["TEST_FILTER"] ?? "").split(",");
  const isNamed = asked.some((filter) => filter !== "" && filter.includes(path));
  return isNamed || mustHaveAll() ? {} : { skip: `slow: runs in CI, or by name (npm test -- ${path})` };
}

function mustHaveAll(): boolean {
  return process.env["BARRAGE_REQUIRE_SERVICES"] === "1";
}
