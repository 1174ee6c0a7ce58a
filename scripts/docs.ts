/**
 * Writes the documents that are made from code.
 *
 *   npm run docs                 writes them
 *   npm run docs:check           fails when one is out of date
 *
 * To add one, add a line to GENERATORS.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configReference, metricsReference, rolesMap } from "@barrage/server";
import { binaryForms } from "./docs/binary-forms.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { layerTable } from "./docs/layer-table.ts";
import { loadReportPage, loadReportSchema } from "./docs/load-report-page.ts";
import { trapsPage } from "./docs/traps-page.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Generator {
  readonly path: string;
  /** Name of the markers that enclose the generated part; absent when the whole file is generated. */
  readonly section?: string;
  readonly render: () => string | Promise<string>;
}

const GENERATORS: readonly Generator[] = [
  { path: "ARCHITECTURE.md", section: "layers", render: layerTable },
  { path: "docs/spec/protocol.md", section: "binary", render: binaryForms },
  { path: "docs/reference/errors.md", render: errorsPage },
  { path: "docs/reference/config.md", render: configReference },
  { path: "docs/reference/metrics.md", render: metricsReference },
  { path: "docs/reference/roles.md", render: rolesMap },
  { path: "docs/reference/load-report.md", render: loadReportPage },
  { path: "docs/reference/load-report.schema.json", render: loadReportSchema },
  { path: "docs/traps/en.md", render: () => trapsPage("en") },
  { path: "docs/traps/zh.md", render: () => trapsPage("zh") },
];

function between(text: string, section: string, content: string): string {
  const start = `<!-- generated: ${section} -->`;
  const end = `<!-- end: ${section} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the markers "${start}" and "${end}" are missing`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

async function renderFile({ section, render }: Generator, old: string): Promise<string> {
  const content = (await render()).trim();
  return section === undefined ? `${content}\n` : between(old, section, content);
}

const isCheck = process.argv.includes("--check");
for (const generator of GENERATORS) {
  const path = join(ROOT, generator.path);
  const old = existsSync(path) ? readFileSync(path, "utf8") : "";
  const fresh = await renderFile(generator, old);
  if (fresh === old) continue;
  if (isCheck) {
    console.error(`${generator.path} is out of date: run npm run docs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, fresh);
    console.log(`wrote ${generator.path}`);
  }
}
