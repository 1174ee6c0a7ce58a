import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LAYERS } from "../../scripts/layers.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Workspace {
  readonly name: string;
  readonly folder: string;
  readonly layer: number;
  readonly manifest: Manifest;
}

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

export const files = (...patterns: string[]): string[] =>
  globSync(patterns, {
    cwd: ROOT,
    exclude: (name) => /(^|\/)(node_modules|dist)(\/|$)/.test(name),
  }).toSorted();

/** Files that git has or would take: what is ignored is nobody's business. */
export function trackedFiles(): string[] {
  const list = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  return list.split("\0").filter((path) => path !== "" && files(path).length === 1);
}

export const workspaces = (): Workspace[] =>
  files("packages/*/package.json", "apps/*/package.json").map((path) => {
    const manifest = JSON.parse(read(path)) as Manifest;
    // AR-1 fails for one that has no layer.
    const layer = LAYERS[manifest.name]?.layer ?? Number.NaN;
    return { name: manifest.name, folder: path.replace("/package.json", ""), layer, manifest };
  });

export const sourcesOf = (folder: string): string[] => files(`${folder}/src/**/*.{ts,tsx}`);

/** Source text without comments. Good enough for scanning: no string of ours holds a comment's opening. */
export const codeOf = (path: string): string =>
  read(path)
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(^|\s)\/\/.*$/gm, "$1");

/** What a file imports, statically or not. */
export function specifiersOf(path: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)["']([\w@./:-]+)["']/g;
  return [...codeOf(path).matchAll(pattern)].map((match) => match[1]!);
}

/** `@barrage/kernel/testing` -> `@barrage/kernel`, `ws/lib/x` -> `ws`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
