import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CLOSE, comesBackAfter, type ErrorSpec } from "@barrage/protocol";
import { table } from "./table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The packages without dependencies have rows of their own kind: a sentence alone, or without the wire's columns. */
type Row = ErrorSpec | string;

interface ErrorTable {
  readonly owner: string;
  readonly rows: Readonly<Record<string, Row>>;
}

/** Every exported `*_ERRORS` of the files that packages keep their tables in. */
async function errorTables(): Promise<ErrorTable[]> {
  const files = globSync(["{packages,apps}/*/src/errors.ts", "packages/*/src/errors/table.ts"], {
    cwd: ROOT,
  });
  const tables: ErrorTable[] = [];
  for (const file of files.toSorted()) {
    const exported = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (!name.endsWith("_ERRORS")) continue;
      const owner = file.split("/").slice(0, 2).join("/");
      tables.push({ owner, rows: value as Readonly<Record<string, Row>> });
    }
  }
  // What clients meet comes first.
  return tables.toSorted(
    (a, b) => Number(b.owner.endsWith("protocol")) - Number(a.owner.endsWith("protocol")),
  );
}

const errorRow = ([code, row]: [string, Row]): string[] => {
  const spec: ErrorSpec = typeof row === "string" ? { message: row, retryable: false } : row;
  const { message, http, close, retryable } = spec;
  return [`\`${code}\``, message, String(http ?? ""), String(close ?? ""), retryable ? "yes" : "no"];
};

const closeTable = (): string =>
  table(
    ["close code", "meaning", "client"],
    Object.values(CLOSE).map(({ code, meaning }) => [
      String(code),
      meaning,
      comesBackAfter(code) ? "comes back" : "stays away",
    ]),
  );

export async function errorsPage(): Promise<string> {
  const sections = (await errorTables()).map(
    ({ owner, rows }) =>
      `## ${owner}\n\n${table(["code", "what it says", "HTTP", "close", "retry"], Object.entries(rows).map(errorRow))}`,
  );
  return [
    "# Errors and close codes",
    "Made from the error tables by `npm run docs`; do not edit. A place in braces is filled when the error is made. " +
      "_Retry_ says whether the same call may succeed later with nothing changed.",
    ...sections,
    "## WebSocket close codes",
    "4000 to 4499: come back. 4500 to 4999: stay away.",
    closeTable(),
  ].join("\n\n");
}
