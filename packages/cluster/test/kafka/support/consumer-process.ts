import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";

const SCRIPT = fileURLToPath(new URL("./consume.ts", import.meta.url));

export interface ConsumerOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly instanceId: string;
  readonly sessionTimeoutMs: number;
  /** Commits only after a line on its standard input. */
  readonly asks: boolean;
}

export interface Said {
  readonly type: "owns" | "given" | "passed" | "cancelled" | "KAFKA_FENCED";
  readonly partition: number;
  readonly ids?: readonly string[];
}

/** A consumer of the log in a process of its own; killed with the test. */
export class ConsumerProcess {
  readonly said: Said[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly waiting = new Set<() => void>();

  constructor(options: ConsumerOptions, t: TestContext) {
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child = child;
    this.exited = once(child, "exit");
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (process.env["DBG"])
        console.error(performance.now().toFixed(0), options.instanceId, line.slice(0, 110));
      this.said.push(JSON.parse(line));
      for (const look of this.waiting) look();
    });
    t.after(() => this.kill());
  }

  /** Resolves once what it said so far makes `is` true. */
  async until(is: (said: readonly Said[]) => boolean): Promise<void> {
    await untilAny([this], () => is(this.said));
  }

  /** Calls `look` whenever it has said something more. */
  listen(look: () => void): Disposable {
    this.waiting.add(look);
    return { [Symbol.dispose]: () => void this.waiting.delete(look) };
  }

  /** Records it has committed. */
  get passed(): readonly string[] {
    return this.said.flatMap(({ type, ids }) => (type === "passed" ? (ids ?? []) : []));
  }

  /** Lets it commit what it was given. */
  go(): void {
    this.child.stdin?.write("go\n");
  }

  freeze(): void {
    this.child.kill("SIGSTOP");
  }

  thaw(): void {
    this.child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  /** As a supervisor asks for it; the code it ends with. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    await this.exited;
    return this.child.exitCode;
  }
}

/** Resolves once what some processes said makes `is` true; the test's own limit ends a wait for ever. */
export async function untilAny(processes: readonly ConsumerProcess[], is: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (is()) resolve();
  };
  const listening = processes.map((each) => each.listen(look));
  look();
  await promise;
  for (const each of listening) each[Symbol.dispose]();
}
