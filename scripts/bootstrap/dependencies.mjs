import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Inside node_modules, which is removed before each installation: the marker cannot outlive what it vouches for.
const markerOf = (root) => join(root, "node_modules", ".barrage-lock");

function lockDigest(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return fallback; // absent and unreadable mean the same here: install again
  }
}

/** True when node_modules was installed from the package-lock.json of today. */
export function dependenciesAreFresh(root) {
  return readOr(markerOf(root), "") === lockDigest(root);
}

export function markDependenciesFresh(root) {
  const marker = markerOf(root);
  writeFileSync(`${marker}.new`, lockDigest(root));
  renameSync(`${marker}.new`, marker);
}

/**
 * True when npm's own record of node_modules agrees with package-lock.json: somebody ran `npm install` by hand.
 * npm writes the record last, so it is not there after an interrupted installation.
 */
export function installedByHand(root) {
  const record = readOr(join(root, "node_modules", ".package-lock.json"), undefined);
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true;
    return entry.link === true || (found.version === entry.version && found.integrity === entry.integrity);
  });
}
