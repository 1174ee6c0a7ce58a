import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sleep } from "@barrage/kernel";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Resolves once none of them is there. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(20);
}

function text(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

const childrenOf = (pid: number): readonly number[] =>
  text(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);

/** A `barrage cluster up` as a process of its own. */
export class ClusterCommand implements AsyncDisposable {
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly lines: { out: string[]; err: string[] } = { out: [], err: [] };
  private heard = Promise.withResolvers<void>();

  constructor(dir: string, args: readonly string[] = []) {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("BARRAGE_")),
    );
    this.child = spawn(process.execPath, [MAIN, "cluster", "up", "--dir", dir, "--port", "0", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
    this.exited = new Promise((resolve) => void this.child.once("close", (code) => resolve(code)));
    for (const where of ["out", "err"] as const) {
      const stream = where === "out" ? this.child.stdout : this.child.stderr;
      createInterface({ input: stream! }).on("line", (line) => {
        this.lines[where].push(line);
        this.heard.resolve();
        this.heard = Promise.withResolvers();
      });
    }
  }

  get out(): readonly string[] {
    return this.lines.out;
  }

  /** Resolves to the first line that fits; fails with all that was said once the command has ended. */
  async line(where: "out" | "err", wanted: RegExp): Promise<string> {
    const ended = this.exited.then(() => "ended");
    for (;;) {
      const found = this.lines[where].find((line) => wanted.test(line));
      if (found !== undefined) return found;
      const what = await Promise.race([ended, this.heard.promise]);
      if (what === "ended" && !this.lines[where].some((line) => wanted.test(line)))
        throw new Error(`it ended without ${String(wanted)}:\n${this.lines.err.join("\n")}`);
    }
  }

  /** The address on the summary's line of that name. */
  async address(name: string): Promise<string> {
    const line = await this.line("out", new RegExp(`^  ${name} `));
    return /http:\S+/.exec(line)?.[0] ?? "";
  }

  /** The processes that it has started, with their command lines; Linux. */
  get children(): readonly { readonly pid: number; readonly command: string }[] {
    return childrenOf(this.child.pid ?? 0).map((pid) => ({
      pid,
      command: text(`/proc/${pid}/cmdline`).replaceAll("\0", " "),
    }));
  }

  /** What those have started in their turn: below each role's supervisor the role first, then its spare. */
  grandchildren(command: string): readonly number[] {
    return this.children
      .filter((child) => child.command.includes(command))
      .flatMap(({ pid }) => childrenOf(pid));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pids = this.children.map(({ pid }) => pid);
    this.child.kill("SIGKILL");
    await this.exited;
    await untilGone(pids);
  }
}
