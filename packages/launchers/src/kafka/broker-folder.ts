import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launcherError } from "../errors.ts";
import { properties } from "./broker-settings.ts";

const META = "data/meta.properties";

const id = (): string => randomBytes(16).toString("base64url");
const folders = (dir: string): readonly string[] =>
  readdirSync(dir).filter((name) => existsSync(join(dir, name, META)));

/**
 * The folders of so many brokers, made as `kafka-storage format` would make them, without a second start of Java.
 * Those of an earlier run are taken as they are.
 *
 * Errors     LAUNCHER_FOLDER_OTHER: it has those of another number of brokers.
 */
export function brokerFolders(dir: string, count: number): readonly string[] {
  mkdirSync(dir, { recursive: true });
  const found = folders(dir);
  if (found.length > 0 && found.length !== count)
    throw launcherError("LAUNCHER_FOLDER_OTHER", {
      folder: dir,
      found: `${found.length} brokers`,
      asked: count,
    });
  const names = Array.from({ length: count }, (_, i) => join(dir, String(i + 1)));
  if (found.length === 0) {
    const cluster = id();
    for (const [i, folder] of names.entries()) {
      mkdirSync(join(folder, "data"), { recursive: true });
      const meta = { version: 1, "cluster.id": cluster, "node.id": i + 1, "directory.id": id() };
      writeFileSync(join(folder, META), properties(meta));
    }
  }
  return names;
}
