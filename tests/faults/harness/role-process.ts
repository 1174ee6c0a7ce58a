import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sleep } from "@barrage/kernel";
import { environmentWithoutOurs } from "../../support/environment.ts";
import { procText } from "../../support/process-family.ts";
import type { Door } from "./viewer.ts";

const MAIN = fileURLToPath(new URL("../../../apps/cli/src/main.ts", import.meta.url));
const PRELOAD = fileURLToPath(new URL("../preload/", import.meta.url));

/** Ends a supervisor with the harness, however that ends; it becomes the supervisor itself, whose child ends with it. */
const WITH_PARENT = "/usr/bin/setpriv";

/** Between two questions whether it is ready, ms, and how long a start may take on a full machine. */
const ASK_EVERY_MS = 50;
const READY_WITHIN_MS = 240_000;
const STOP_WITHIN_MS = 40_000;
const OUTPUT_CHARACTERS = 40_000;

export type RoleName = "ingest" | "router" | "gateway" | "archiver";

export interface RoleSpec {
  readonly role: RoleName;
  /** The same for every process that takes its place. */
  readonly instanceId: string;
  readonly port: number;
  /** Folder of its own. */
  readonly dir: string;
  readonly configPath: string;
  /** Modules of `preload/` that are loaded before the program, by name. */
  readonly preloads: readonly string[];
  /** For those modules. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a supervisor says of the process that it keeps up. */
interface SupervisorLine {
  readonly supervisor?: string;
  readonly pid?: number;
  readonly msg?: string;
  readonly how?: string;
}

/**
 * A role of the site, kept up by the supervisor that `barrage serve --role` is: one that ends unasked is started again at
 * once, under the same name and on the same port. What is killed or frozen here is the role, not its supervisor.
 */
export class RoleProcess implements Door {
  readonly spec: RoleSpec;
  /** Is one that ends started again? */
  isSupervised = true;
  /** Most memory that one of its processes had, bytes. */
  peakBytes = 0;
  /** Times that it ended though nobody had asked. */
  readonly crashes: string[] = [];
  /** Records that viewers got from the process that runs now. */
  received = 0;
  private supervisor: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  /** Of the role, as its supervisor says it; 0 while there is none. */
  private rolePid = 0;
  /** Resolves when the process that is killed has ended. */
  private killed: PromiseWithResolvers<void> | undefined;
  private hasSpare = false;
  private isAsked = false;

  constructor(spec: RoleSpec) {
    this.spec = spec;
    mkdirSync(spec.dir, { recursive: true });
  }

  get name(): string {
    return this.spec.instanceId;
  }

  get url(): string {
    return `http://127.0.0.1:${this.spec.port}`;
  }

  get pid(): number {
    return this.rolePid;
  }

  get isRunning(): boolean {
    return this.supervisor !== undefined;
  }

  note(pid: number, records: number): void {
    if (pid === this.pid) this.received += records;
  }

  /** Does not wait until it is ready. */
  start(): void {
    if (this.supervisor !== undefined) return;
    const { role, instanceId, port, dir, configPath, preloads, env } = this.spec;
    // One for all: each would compile the same for itself.
    const compiled = join(dirname(configPath), "compiled");
    const hasGuard = existsSync(WITH_PARENT);
    const program = hasGuard ? WITH_PARENT : process.execPath;
    const words = hasGuard ? ["--pdeathsig", "KILL", process.execPath] : [];
    const child = spawn(
      program,
      [
        ...words,
        // These options are the role's too: a process that is forked has those of the one that forks it.
        ...preloads.flatMap((name) => ["--import", join(PRELOAD, `${name}.ts`)]),
        "--trace-exit",
        "--trace-uncaught",
        MAIN,
        "serve",
        `--role=${role}`,
        `--config=${configPath}`,
        `--cluster.instance-id=${instanceId}`,
        `--port=${port}`,
        `--data=${dir}`,
        "--log=json",
        "--telemetry.log-level=info",
      ],
      {
        env: { ...environmentWithoutOurs(), NODE_COMPILE_CACHE: compiled, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.supervisor = child;
    this.isAsked = false;
    this.hasSpare = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => appendFileSync(this.logPath, bytes));
    createInterface({ input: child.stderr }).on("line", (line) => this.heard(line));
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.supervisor = undefined;
        this.rolePid = 0;
        this.killed?.resolve();
        resolve();
        if (this.isAsked) return;
        this.crashes.push(`ended with ${code ?? signal}, its supervisor too`);
        if (this.isSupervised) this.start();
      });
    });
  }

  /**
   * As the kernel does when memory is short: nothing is said to anybody. Its supervisor starts it again, unless that has
   * been taken from it: then it ends with it.
   */
  async kill(): Promise<void> {
    this.measure();
    const { supervisor, rolePid } = this;
    if (supervisor === undefined || rolePid === 0) return;
    if (!this.isSupervised) {
      this.isAsked = true;
      supervisor.kill("SIGKILL");
      signal(rolePid, "SIGKILL");
      return this.ended;
    }
    this.killed = Promise.withResolvers<void>();
    signal(rolePid, "SIGKILL");
    await this.killed.promise;
  }

  /** Ends it in good order; nobody starts it again. */
  async stop(): Promise<void> {
    this.measure();
    const { ended, supervisor, rolePid } = this;
    this.isAsked = true;
    supervisor?.kill("SIGTERM");
    const late = setTimeout(() => {
      this.crashes.push("did not end in time");
      supervisor?.kill("SIGKILL");
      signal(rolePid, "SIGKILL");
    }, STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }

  /** Resolves when another process is loaded that would take the place of this one. */
  async spare(): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    while (this.isRunning && !this.hasSpare) {
      if (performance.now() > until) throw new Error(`${this.name} has no spare:\n${this.tail()}`);
      await sleep(ASK_EVERY_MS);
    }
  }

  /** It does once, at its own moment, what a point of `preload/points.ts` says. */
  arm(point: string): void {
    writeFileSync(this.pointPath, point);
  }

  /** Was the armed point passed? */
  get hasPassed(): boolean {
    return !existsSync(this.pointPath);
  }

  /** It ended, as it was meant to. */
  forgive(): void {
    this.crashes.pop();
  }

  freeze(): void {
    signal(this.rolePid, "SIGSTOP");
  }

  thaw(): void {
    signal(this.rolePid, "SIGCONT");
  }

  /** Resolves when `/readyz` says so. */
  async ready(): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    let said = "";
    while (performance.now() < until) {
      try {
        const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
        said = await response.text();
        if (response.status === 200) return;
      } catch (error) {
        said = String(error);
      }
      if (!this.isRunning && !this.isSupervised) break;
      await sleep(ASK_EVERY_MS);
    }
    throw new Error(`${this.name} is not ready (${said}):\n${this.tail()}`);
  }

  /** Notes its peak of memory; to be asked now and then, for it goes with the process. */
  measure(): void {
    const status = procText(`${this.pid}/status`) ?? "";
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    this.peakBytes = Math.max(this.peakBytes, Number(kilobytes ?? 0) * 1_024);
  }

  private heard(line: string): void {
    const { supervisor, pid = 0, msg = "", how } = lineOf(line);
    if (supervisor === undefined) return;
    if (msg.startsWith("the role's process starts")) {
      // The one that was loaded ahead has become it.
      this.hasSpare = false;
      this.rolePid = pid;
      this.received = 0;
    } else if (msg.startsWith("a spare process is loaded")) this.hasSpare = true;
    else if (how !== undefined) {
      this.rolePid = 0;
      if (this.killed === undefined) this.crashes.push(`ended with ${how}`);
      this.killed?.resolve();
      this.killed = undefined;
    }
  }

  private get pointPath(): string {
    return this.spec.env["FAULTS_POINT"] ?? "";
  }

  get logPath(): string {
    return join(this.spec.dir, "out.txt");
  }

  /** The last of what it said. */
  tail(characters = 3_000): string {
    try {
      return readFileSync(this.logPath, "utf8").slice(-OUTPUT_CHARACTERS).slice(-characters);
    } catch {
      // ENOENT: it has not said anything.
      return "";
    }
  }
}

/** What is gone hears nothing. */
function signal(pid: number, name: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(pid, name);
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

function lineOf(line: string): SupervisorLine {
  if (!line.startsWith("{")) return {};
  try {
    return JSON.parse(line) as SupervisorLine;
  } catch {
    // Two processes wrote at once: not one of the supervisor's.
    return {};
  }
}
