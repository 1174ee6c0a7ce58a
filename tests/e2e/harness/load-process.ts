import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { environmentWithoutOurs } from "../../support/environment.ts";
import { ended, MAIN } from "./serve-process.ts";
import type { Ended } from "./serve-process.ts";

/** A `barrage load` in a process of its own. Disposing it kills what is left of it. */
export class LoadProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #awaited = new Set<{ readonly pattern: RegExp; readonly resolve: () => void }>();

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [MAIN, "load", ...args], {
      env: environmentWithoutOurs(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = ended(this.#child);
    if (this.#child.stdout === null) throw new Error("stdout is not piped");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      for (const awaited of this.#awaited) if (awaited.pattern.test(line)) awaited.resolve();
    });
  }

  /** Resolves when a line of stdout matches; rejects when the process ends without one. */
  line(pattern: RegExp): Promise<void> {
    if (this.#lines.some((line) => pattern.test(line))) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#awaited.add({ pattern, resolve });
      void this.ended.then(({ code, stdout, stderr }) =>
        reject(new Error(`load ended with ${code} before ${pattern}: ${stdout}${stderr}`)),
      );
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.kill("SIGKILL");
    await this.ended;
  }
}
