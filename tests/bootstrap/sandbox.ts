import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** Makes the process believe that it is an old Node. */
export const AS_OLD_NODE = [
  "--import",
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.0'}})",
];
/** Takes away what lets a process become another one, as on Node 18 and on Windows. */
export const WITHOUT_EXECVE = ["--import", "data:text/javascript,process.execve=undefined"];

/** An npm that installs from nowhere: it notes each call, waits while a file `hold` exists, and does as `mode` says. */
const FAKE_NPM = String.raw`
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const root = process.env.SANDBOX;
const args = process.argv.slice(2);
appendFileSync(join(root, "npm-calls"), args.join(" ") + "\n");
const target = args.includes("--prefix") ? args[args.indexOf("--prefix") + 1] : process.cwd();
mkdirSync(join(target, "node_modules", "half"), { recursive: true });
const mode = existsSync(join(root, "mode")) ? readFileSync(join(root, "mode"), "utf8") : "good";
while (existsSync(join(root, "hold"))) await new Promise((resolve) => setTimeout(resolve, 5));
if (mode === "offline") { console.error("npm error code ENOTFOUND\nnpm error network request failed"); process.exit(1); }
if (mode === "broken") { console.error("npm error code E500\nnpm error the registry is on fire"); process.exit(1); }
const wanted = args.find((arg) => /^node-.*@24$/.test(arg));
if (wanted !== undefined) {
  const bin = join(target, "node_modules", wanted.replace("@24", ""), "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, "node"));
}
writeFileSync(join(target, "node_modules", "whole"), "");
`;

const REPORT_SCRIPT = `
import { delimiter } from "node:path";
console.log(JSON.stringify({
  args: process.argv.slice(2),
  cwd: process.cwd(),
  path: process.env.PATH.split(delimiter)[0],
}));
process.exitCode = 7;
`;

/** Waits for SIGTERM, and by its argument ends by exit code 9 or by the signal itself. */
const STAYING_SCRIPT = `
process.on("SIGTERM", () => {
  if (process.argv[2] === "by-signal") process.kill(process.pid, "SIGKILL");
  else process.exit(9);
});
setInterval(() => {}, 1_000);
console.log("up");
`;

export interface Run {
  readonly child: ChildProcess;
  /** Resolves when `text` has come out of either stream. */
  said(text: string): Promise<void>;
  readonly done: Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    stderr: string;
  }>;
}

/** A folder (with a space in its name) that holds the bootstrap, two scripts and an npm that needs no network. */
export class Sandbox implements Disposable {
  readonly root: string = join(mkdtempSync(join(tmpdir(), "barrage-bootstrap-")), "a clone");

  constructor() {
    mkdirSync(join(this.root, "scripts"), { recursive: true });
    cpSync(join(REPOSITORY, "scripts", "with-node.mjs"), join(this.root, "scripts", "with-node.mjs"));
    cpSync(join(REPOSITORY, "scripts", "bootstrap"), join(this.root, "scripts", "bootstrap"), {
      recursive: true,
    });
    this.write("npm-cli.js", FAKE_NPM);
    this.write("package.json", '{ "type": "module" }');
    this.write("package-lock.json", '{ "packages": {} }');
    this.write("report.mjs", REPORT_SCRIPT);
    this.write("stay.mjs", STAYING_SCRIPT);
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Waits until npm runs: another process, so there is nothing to await but its traces. */
  async npmIsCalled(): Promise<void> {
    while (this.npmCalls.length === 0) await setImmediate();
  }

  /** The calls of npm so far. */
  get npmCalls(): string[] {
    return this.has("npm-calls") ? readFileSync(join(this.root, "npm-calls"), "utf8").trim().split("\n") : [];
  }

  run(args: readonly string[], nodeOptions: readonly string[] = [], cwd: string = this.root): Run {
    const command = [...nodeOptions, join(this.root, "scripts", "with-node.mjs"), ...args];
    const child = spawn(process.execPath, command, {
      cwd,
      env: { ...process.env, npm_execpath: join(this.root, "npm-cli.js"), SANDBOX: this.root },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return watch(child);
  }

  [Symbol.dispose](): void {
    rmSync(join(this.root, ".."), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Collects what a process says, so that a test can wait for words and for the end. */
export function watch(child: ChildProcess): Run {
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    heard();
  });
  child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    heard();
  });
  const done = new Promise<Awaited<Run["done"]>>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!`${stdout}${stderr}`.includes(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      void done.then(() => reject(new Error(`ended without "${text}":\n${stdout}${stderr}`)));
      look();
    });
  return { child, said, done };
}
