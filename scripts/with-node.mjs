/**
 * Runs a script of this repository on Node 24, whatever Node started it (>= 18).
 *
 *   node scripts/with-node.mjs [--web] <script> [arguments...]
 *
 * Fetches Node 24 into `.node/` and the dependencies into `node_modules/` when they are missing or old, and with
 * `--web` bundles the page. Plain JavaScript without dependencies: it must run before anything is installed.
 * Everything it says goes to stderr; stdout belongs to the script. Rules BT-1 to BT-8 in docs/spec/bootstrap.md.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BootstrapError } from "./bootstrap/failure.mjs";
import { dependenciesAreFresh } from "./bootstrap/dependencies.mjs";
import { findNode } from "./bootstrap/find-node.mjs";
import { prepare } from "./bootstrap/prepare.mjs";
import { environmentFor, runScript } from "./bootstrap/run-script.mjs";
import { webIsFresh } from "./bootstrap/web-sources.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Makes everything ready, then becomes the script (or its parent, where a process cannot be replaced). */
export async function withNode(argv) {
  const needsWeb = argv[0] === "--web";
  const [script, ...rest] = needsWeb ? argv.slice(1) : argv;
  if (script === undefined)
    throw new BootstrapError("usage: node scripts/with-node.mjs [--web] <script> [arguments]");

  let node = findNode(ROOT);
  const isReady = node !== undefined && dependenciesAreFresh(ROOT) && (!needsWeb || webIsFresh(ROOT));
  if (!isReady) node = await prepare(ROOT, needsWeb);
  await runScript(node, [resolve(ROOT, script), ...rest], environmentFor(ROOT, node));
}

/** The way in for `npm start` and the `barrage` command: a failure is one line and exit code 1. */
export async function main(argv) {
  try {
    await withNode(argv);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`barrage: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
