import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dependenciesAreFresh, installedByHand, markDependenciesFresh } from "./dependencies.mjs";
import { BootstrapError, explainFileError } from "./failure.mjs";
import { binaryIn, findNode, nodePackage, REQUIRED_MAJOR } from "./find-node.mjs";
import { acquireLock } from "./lock.mjs";
import { runNpm } from "./npm.mjs";
import { startStep } from "./progress.mjs";
import { environmentFor } from "./run-script.mjs";
import { webIsFresh } from "./web-sources.mjs";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Installs what is missing and returns the Node to run on.
 *
 * Shape   One run at a time installs; others wait and then find the work done.
 * Bounds  Each part counts as installed only after it is complete, so an interrupted run is repeated by the next.
 */
export async function prepare(root, needsWeb) {
  const interrupted = new AbortController();
  let exitCode = 1;
  const onSignal = (signal) => {
    exitCode = EXIT_CODES[signal];
    interrupted.abort();
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, onSignal);
  let lock;
  const running = { signal: interrupted.signal, onStart: (pid) => lock.share(pid) };
  const steps = [
    async () => (lock = await takeLock(root, interrupted.signal)),
    () => ensureNode(root, running),
    () => ensureDependencies(root, running),
    () => (needsWeb ? ensureWeb(root, running) : undefined),
  ];
  try {
    for (const step of steps) {
      await step();
      if (interrupted.signal.aborted)
        throw new BootstrapError("interrupted; the next run goes on from here.", exitCode);
    }
    return findNode(root);
  } catch (error) {
    const line = explainFileError(root, error);
    throw line === undefined ? error : new BootstrapError(line, 1, { cause: error });
  } finally {
    lock?.release();
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, onSignal);
  }
}

function takeLock(root, signal) {
  mkdirSync(join(root, ".node"), { recursive: true });
  const onWait = () => process.stderr.write("Another run is installing; waiting for it ...\n");
  return acquireLock(join(root, ".node", "lock"), { onWait, signal });
}

async function withProgress(label, work) {
  const progress = startStep(label);
  try {
    const result = await work();
    progress.done(result);
  } catch (error) {
    progress.failed();
    throw error;
  }
}

async function ensureNode(root, running) {
  if (findNode(root) !== undefined) return;
  const name = nodePackage();
  if (name === undefined) {
    throw new BootstrapError(
      `needs Node ${REQUIRED_MAJOR} or newer (this is ${process.versions.node}), and none can be fetched for ${process.platform}-${process.arch}: install it by hand.`,
    );
  }
  const home = join(root, ".node");
  for (const entry of readdirSync(home)) {
    if (entry.startsWith("fetching-"))
      rmSync(join(home, entry), { recursive: true, force: true, maxRetries: 5 });
  }
  const target = join(home, `fetching-${process.pid}`);
  mkdirSync(target);
  await withProgress(`Fetching Node ${REQUIRED_MAJOR} (once)`, async () => {
    const what = `Node ${REQUIRED_MAJOR}`;
    const args = ["install", "--prefix", target, "--no-save", "--ignore-scripts", "--global=false"];
    await runNpm(what, process.execPath, [...args, `${name}@${REQUIRED_MAJOR}`], { cwd: target, ...running });
    if (running.signal.aborted) return "interrupted";
    const version = versionOf(binaryIn(join(target, "node_modules"), name));
    rmSync(join(home, "node_modules"), { recursive: true, force: true });
    renameSync(join(target, "node_modules"), join(home, "node_modules"));
    return version;
  });
  rmSync(target, { recursive: true, force: true });
}

/** Runs the fetched binary once: on a system it was not built for (another libc) this is where it shows. */
function versionOf(binary) {
  const result = existsSync(binary) ? spawnSync(binary, ["--version"], { encoding: "utf8" }) : undefined;
  if (result?.status === 0) return result.stdout.trim();
  throw new BootstrapError(
    `the fetched Node ${REQUIRED_MAJOR} does not run on this system: install Node ${REQUIRED_MAJOR} by hand and run the same command again.`,
  );
}

async function ensureDependencies(root, running) {
  if (dependenciesAreFresh(root)) return;
  if (installedByHand(root)) {
    markDependenciesFresh(root);
    return;
  }
  await withProgress("Installing dependencies", async () => {
    // From empty, so that an interrupted installation leaves nothing that could pass for a whole one. Not `npm ci`:
    // it refuses a lock that lacks another platform's optional binary, where `npm install` looks it up.
    rmSync(join(root, "node_modules"), { recursive: true, force: true, maxRetries: 5 });
    // Nothing here needs an install script, and NODE_ENV=production must not take away the bundler.
    const args = ["install", "--no-save", "--ignore-scripts", "--include=dev"];
    await runNpm("The dependencies", findNode(root), args, { cwd: root, ...running });
    if (running.signal.aborted) return "interrupted";
    markDependenciesFresh(root);
    return "done";
  });
}

async function ensureWeb(root, running) {
  if (webIsFresh(root)) return;
  await withProgress("Bundling the page", async () => {
    const node = findNode(root);
    const child = spawn(node, [join(root, "scripts", "build-web.ts")], {
      cwd: root,
      env: environmentFor(root, node),
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => (errors += chunk));
    running.onStart(child.pid);
    running.signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve(exitCode));
    });
    if (running.signal.aborted) return "interrupted";
    if (code !== 0) throw new BootstrapError(`the page could not be bundled:\n${errors.trim()}`);
    return "done";
  });
}
