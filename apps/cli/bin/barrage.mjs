#!/usr/bin/env node
/**
 * The `barrage` command. In the repository it goes through the bootstrap, which fetches Node 24 and the dependencies;
 * in the published package it runs the compiled program on the Node at hand.
 */
import { existsSync } from "node:fs";

const REQUIRED_MAJOR = 24;
const source = new URL("../src/main.ts", import.meta.url);

if (existsSync(source)) {
  const { main } = await import("../../../scripts/with-node.mjs");
  const args = process.argv.slice(2);
  const web = ["serve", "cluster"].includes(args[0]) ? ["--web"] : []; // only a server needs the page bundled
  await main([...web, "apps/cli/src/main.ts", ...args]);
} else if (Number.parseInt(process.versions.node, 10) < REQUIRED_MAJOR) {
  process.stderr.write(
    `barrage: needs Node ${REQUIRED_MAJOR} or newer; this is Node ${process.versions.node}.\n`,
  );
  process.exitCode = 1;
} else {
  await import(new URL("../dist/main.js", import.meta.url).href);
}
