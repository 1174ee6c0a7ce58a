import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { environmentWithoutOurs } from "../../support/environment.ts";
import type { RoleSpec } from "./role-main.ts";
import { ended } from "./serve-process.ts";
import type { Ended } from "./serve-process.ts";

const MAIN = fileURLToPath(new URL("role-main.ts", import.meta.url));

/** An owner or a worker in a process of its own. Disposing it kills what is left of it. */
export class RoleProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  url = "";
  readonly #child: ChildProcess;

  private constructor(spec: RoleSpec) {
    this.#child = spawn(process.execPath, [MAIN, JSON.stringify(spec)], {
      env: environmentWithoutOurs(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = ended(this.#child);
  }

  /** Resolves when it serves; rejects with what it said when it ended instead. */
  static async start(spec: RoleSpec): Promise<RoleProcess> {
    const process = new RoleProcess(spec);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { stdout } = process.#child;
    if (stdout === null) throw new Error("stdout is not piped");
    createInterface({ input: stdout }).on("line", (line) => {
      const url = /^up (\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      process.url = url;
      resolve();
    });
    void process.ended.then((end) =>
      reject(new Error(`it ended with ${end.code}: ${end.stdout}${end.stderr}`)),
    );
    await promise;
    return process;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Resolves when it is gone. */
  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.ended;
  }
}
