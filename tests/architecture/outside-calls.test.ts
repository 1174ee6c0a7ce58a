import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, files, read } from "./tree.ts";

/** What makes a connection to another server, or sends something over one. */
const CALLS =
  /\bnew (Admin|Consumer|ConnectionPool|Cluster|Redis|Client|OTLPTraceExporter)\(|\.api\.async\(|\bcreateRemoteJWKSet\(|\b(await|return) fetch\(|^import \{ .*\bconnect\b.* \} from "node:(net|tls)"/m;
/** Processes of one machine, over a socket file. */
const OWN = "packages/server/src/owner-link/";
const SOURCES = ["cluster", "store-postgres", "server"].map((name) => `packages/${name}/src/**/*.ts`);
const COLUMNS = 6;

test("[CR-24] every file that calls another server stands in the table with its bounds", () => {
  const [, section = ""] = read("docs/guides/failure.md").split("## Calls that leave the process\n");
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([, where = ""]) => where.includes("/src/"));
  const named = rows.flatMap(([, where = ""]) =>
    [...where.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => `packages/${file}`),
  );
  const callers = files(...SOURCES).filter((file) => !file.startsWith(OWN) && CALLS.test(codeOf(file)));

  assert.deepEqual([...new Set(named)].toSorted(), callers.toSorted());
  for (const row of rows) {
    assert.deepEqual([row.length, row.filter((cell) => cell === "").length], [COLUMNS, 0], row[0]);
  }
});
