import type { RecommendedSettings } from "@barrage/load";
import { LEAVES } from "@barrage/server/light";

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A config file's content: the settings over those of the text, which was read as a config before. */
export function configWith(text: string | undefined, settings: RecommendedSettings): Tree {
  const parsed: unknown = text === undefined ? {} : JSON.parse(text);
  const config: Tree = isTree(parsed) ? parsed : {};
  for (const { name, path } of LEAVES) {
    const value = settings[name];
    if (value !== undefined) put(config, path, value);
  }
  return config;
}

function put(config: Tree, path: readonly string[], value: number): void {
  let node = config;
  for (const key of path.slice(0, -1)) {
    const below = node[key];
    const next: Tree = isTree(below) ? below : {};
    node[key] = next;
    node = next;
  }
  const last = path.at(-1);
  if (last !== undefined) node[last] = value;
}
