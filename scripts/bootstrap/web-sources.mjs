import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What the page is bundled from. A change below any of these folders, or in these files, makes it stale. */
const SOURCES = [
  "apps/web/src",
  "apps/web/public",
  "packages/client/src",
  "packages/overlay/src",
  "packages/protocol/src",
  "packages/kernel/src",
];
const WEB_DIR = "apps/web";
export const WEB_DIST = "apps/web/dist";
const STAMP = ".sources";

/** Digest over names and contents of all sources; a few milliseconds for some hundred small files. */
export function webSourceDigest(root) {
  const hash = createHash("sha256");
  const add = (path) => hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
  for (const entry of readdirSync(join(root, WEB_DIR), { withFileTypes: true })) {
    if (entry.isFile() && /\.(html|ts|json)$/.test(entry.name)) add(join(root, WEB_DIR, entry.name));
  }
  for (const source of SOURCES) walk(join(root, source), add);
  add(join(root, "package-lock.json"));
  return hash.digest("hex");
}

function walk(folder, visit) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else visit(path);
  }
}

/** True when the bundle was made from the sources of today. */
export function webIsFresh(root) {
  const stamp = join(root, WEB_DIST, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === webSourceDigest(root);
}

/** Written last, after the bundle is complete. `digest` is from before the build, so an edit during it counts. */
export function markWebFresh(dist, digest) {
  const stamp = join(dist, STAMP);
  writeFileSync(`${stamp}.new`, digest);
  renameSync(`${stamp}.new`, stamp);
}
