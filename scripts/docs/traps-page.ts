import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadText, sourceOf, type TrapName, trapNames } from "../../tests/traps/catalogue.ts";
import { table } from "./table.ts";

export type Language = "en" | "zh";

/** The words around what the folders say. */
const WORDS = {
  en: {
    title: "Traps",
    intro:
      "Concurrency mistakes known from Go services, in the form they take in Node. `npm run traps` runs them all: each reproduction must show its damage, each detection must name the guilty line (marked `// guilty`), each safe version must be clean. Made from [tests/traps](../../tests/traps) by `npm run docs`; do not edit. [中文](zh.md)",
    happens: "What happens in Node.",
    shows: "How it shows.",
    instead: "Write instead.",
    wrong: "The mistake",
    right: "The safe version",
    found: "Detection",
  },
  zh: {
    title: "陷阱目录",
    intro:
      "Go 服务里常见的并发错误，以及它们在 Node 里的样子。`npm run traps` 全部运行：每个复现必须显示损害，每个检测必须指出出错的行（标有 `// guilty`），每个安全写法必须干净。由 `npm run docs` 从 [tests/traps](../../tests/traps) 生成，请勿手工修改。[English](en.md)",
    happens: "在 Node 里会怎样。",
    shows: "如何显现。",
    instead: "应当这样写。",
    wrong: "错误写法",
    right: "安全写法",
    found: "检测",
  },
} as const;

/** A table that belongs to a trap, where its folder has one. */
async function ownTable({ folder }: TrapName): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(`../../tests/traps/${folder}/table.ts`, import.meta.url));
  if (!existsSync(file)) return [];
  const { head, rows } = (await import(pathToFileURL(file).href)) as {
    readonly head: readonly string[];
    readonly rows: () => Promise<readonly (readonly string[])[]>;
  };
  return [table(head, await rows())];
}

async function section(name: TrapName, language: Language): Promise<readonly string[]> {
  const { id, folder } = name;
  const text = (await loadText(folder))[language];
  const words = WORDS[language];
  const link = (label: string, file: string): string => `[${label}](../../tests/traps/${folder}/${file}.ts)`;
  return [
    `## ${id} ${text.title}`,
    `**${words.happens}** ${text.happens}`,
    `**${words.shows}** ${text.shows}`,
    `**${words.instead}** ${text.instead}`,
    ...(await ownTable(name)),
    `${words.wrong}, ${link("reproduction.ts", "reproduction")}:`,
    `\`\`\`ts\n${sourceOf(folder, "reproduction.ts").trim()}\n\`\`\``,
    `${words.right}: ${link("safe.ts", "safe")}. ${words.found}: ${link("detection.ts", "detection")}.`,
  ];
}

/** The catalogue in one language. */
export async function trapsPage(language: Language): Promise<string> {
  const { title, intro } = WORDS[language];
  const sections = await Promise.all(trapNames.map((name) => section(name, language)));
  return [`# ${title}`, intro, ...sections.flat()].join("\n\n");
}
