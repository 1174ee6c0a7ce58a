import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { requireOrSkip, slowSuite } from "@barrage/testkit";
import { ROOT } from "../../scripts/publish/packages.ts";
import { showStart, timeStart } from "../support/own-time.ts";
import type { StartTime } from "../support/own-time.ts";
import { ServerProcess } from "../support/server-process.ts";

const LATER_START_LIMIT_MS = 2_000; // what the README promises of the second npm start
const CORES = 2; // of the reference machine: npm's and the server's threads use both

/** The first Node on PATH that is too old for the sources and has an npm beside it. */
function findOldNode(): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter((node) => existsSync(node) && existsSync(join(dirname(node), "npm")))
    .find((node) => {
      const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
      const major = Number.parseInt(stdout.slice(1), 10);
      return major >= 18 && major < 24;
    });
}

/**
 * What a newcomer's shell has: a PATH with the old Node, and an npm with nothing in its cache or prefix. Kept are
 * this machine's npm settings and certificates, without which no registry might be reached.
 */
function newcomersEnvironment(node: string, home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(SSL_|NODE_EXTRA_CA|https?_proxy|no_proxy)/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(node), "/usr/bin", "/bin"].join(delimiter),
    HOME: home,
    npm_config_userconfig: process.env["npm_config_userconfig"] ?? join(homedir(), ".npmrc"),
    npm_config_cache: join(home, "cache"),
    npm_config_prefix: join(home, "prefix"),
  };
}

/** How long it takes until the server says its address. */
async function startAndStop(
  command: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<StartTime> {
  const timed = timeStart();
  await using server = new ServerProcess(command, options);
  await server.address();
  const took = timed(server.pid);
  assert.equal(await server.stop(), 0, server.printed);
  return took;
}

const oldNode = findOldNode();
const slow = slowSuite("tests/bootstrap/fresh-clone");

describe(
  "a fresh clone",
  slow.skip === undefined ? requireOrSkip("old-node", oldNode !== undefined) : slow,
  () => {
    it("[BT-10] starts by npm start under an old Node, and ends by SIGTERM with exit code 0", async (t) => {
      const home = mkdtempSync(join(tmpdir(), "barrage-clone-"));
      t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
      const clone = join(home, "barrage");
      execFileSync("git", ["clone", "--quiet", "--no-hardlinks", ROOT, clone], { stdio: "pipe" });
      mkdirSync(join(home, "prefix"));
      const env = newcomersEnvironment(oldNode!, home);
      const command = [join(dirname(oldNode!), "npm"), "start", "--", "--port", "0", "--no-demo"];

      await using first = new ServerProcess(command, { cwd: clone, env });
      const health = await fetch(`${await first.address()}/healthz`);
      assert.equal(health.status, 200);
      assert.equal(await first.stop(), 0, first.printed);

      // What else this machine does only adds time, so the fastest of a few starts is the one to judge.
      const starts: StartTime[] = [];
      const isFast = ({ own, processor }: StartTime): boolean =>
        own < LATER_START_LIMIT_MS && processor < LATER_START_LIMIT_MS * CORES;
      while (starts.length < 5 && !starts.some(isFast)) {
        starts.push(await startAndStop(command, { cwd: clone, env }));
      }
      assert.ok(starts.some(isFast), `the later starts took ${starts.map(showStart).join("; ")}`);
    });
  },
);
