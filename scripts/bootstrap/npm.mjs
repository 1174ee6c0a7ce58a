import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BootstrapError, explainNpm } from "./failure.mjs";

const OUTPUT_LIMIT_CHARS = 100_000; // enough for the first error of a long log

/**
 * Command line of the npm that called us, else of the one beside this Node, else of the one on PATH.
 * Returned as [program, ...arguments]; `node` is what a JavaScript npm runs on.
 */
export function npmCommand(node) {
  const beside = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath,
    process.env.npm_execpath && join(dirname(process.env.npm_execpath), "npm-cli.js"), // we came by npx
    join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const cli = candidates.find((path) => path && basename(path) === "npm-cli.js" && existsSync(path));
  return cli === undefined ? ["npm"] : [node, cli];
}

/** What the calling npm told its script about itself would confuse the npm that we start. */
export function npmEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(package_|lifecycle_|command$|config_(workspace|workspaces|global|dry_run|json)$)/i.test(name),
    ),
  );
}

const QUIET = ["--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--loglevel=error"];
// Offline must show within seconds, not after npm's default minute of retries.
const RETRIES = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"];

/** Runs npm quietly; a failure becomes one line. `signal` ends it; `onStart` learns its process id. */
export async function runNpm(what, node, args, { cwd, signal, onStart }) {
  const [program, ...prefix] = npmCommand(node);
  const child = spawn(program, [...prefix, ...args, ...QUIET, ...RETRIES], {
    cwd,
    env: npmEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: prefix.length === 0 && process.platform === "win32",
  });
  if (child.pid !== undefined) onStart(child.pid);
  let output = "";
  const keep = (chunk) => {
    if (output.length < OUTPUT_LIMIT_CHARS) output += chunk;
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve(exitCode));
    });
    if (!signal.aborted && code !== 0) throw new BootstrapError(explainNpm(what, output));
  } catch (error) {
    if (error.code === "ENOENT")
      throw new BootstrapError("npm was not found; it comes with Node: install both.", 1, { cause: error });
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
