import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Detect, Program, Texts } from "./trap.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

export interface TrapName {
  /** `T01`. */
  readonly id: string;
  /** `T01-receive-for-ever`. */
  readonly folder: string;
}

export interface Trap extends TrapName {
  readonly text: Texts;
  readonly reproduction: Program;
  readonly safe: Program;
  readonly detect: Detect;
}

/** Every trap there is a folder for, in order. */
export const trapNames: readonly TrapName[] = readdirSync(HERE)
  .filter((folder) => /^T\d\d-/.test(folder))
  .toSorted()
  .map((folder) => ({ id: folder.slice(0, 3), folder }));

const load = async (folder: string, file: string): Promise<Record<string, unknown>> =>
  (await import(pathToFileURL(join(HERE, folder, file)).href)) as Record<string, unknown>;

export async function loadText(folder: string): Promise<Texts> {
  return (await load(folder, "text.ts"))["text"] as Texts;
}

export async function loadTrap({ id, folder }: TrapName): Promise<Trap> {
  const [text, reproduction, detection, safe] = await Promise.all([
    loadText(folder),
    load(folder, "reproduction.ts"),
    load(folder, "detection.ts"),
    load(folder, "safe.ts"),
  ]);
  return {
    id,
    folder,
    text,
    reproduction: reproduction["run"] as Program,
    safe: safe["run"] as Program,
    detect: detection["detect"] as Detect,
  };
}

export const sourceOf = (folder: string, file: string): string =>
  readFileSync(join(HERE, folder, file), "utf8");

/** The lines that a detection has to name: those marked `// guilty`. */
export function guiltyLines(source: string): readonly number[] {
  return source.split("\n").flatMap((line, index) => (/\/\/ guilty\b/.test(line) ? [index + 1] : []));
}
