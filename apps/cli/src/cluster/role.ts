import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ClusterRole } from "@barrage/server";
import { cliError } from "../errors.ts";
import { reasonOf } from "../failure.ts";
import { humanLogLine } from "../serve/log-lines.ts";
import { oneLine } from "../terminal.ts";
import type { KeptUp } from "./keep-up.ts";

export interface RoleOptions {
  /** For people: `gateway 1`. */
  readonly name: string;
  readonly role: ClusterRole;
  readonly port: number;
  readonly spare: boolean;
  readonly configFile: string;
  readonly logFile: string;
  /** What `barrage` itself was started with: settings in it are not for the roles, whose file says all. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears warnings and errors, one line each. */
  readonly say: (line: string) => void;
}

/** Of this program, as source or as published. */
const PROGRAM = fileURLToPath(new URL(`../cluster-role-process${extname(import.meta.url)}`, import.meta.url));
const HOST = "127.0.0.1";
const ASK_EVERY_MS = 100;
/** How long an answer may take, ms, and a start with the servers beneath running. */
const ANSWER_MS = 2_000;
const READY_WITHIN_MS = 120_000;
/** Longer than the deadline that a role has for its own end (`server.shutdownDeadlineMs`), ms. */
const GRACE_MS = 20_000;

/** One role on one port, as its supervisor (`barrage serve --role`) keeps it up. */
export class Role implements KeptUp {
  readonly name: string;
  readonly url: string;
  private readonly options: RoleOptions;
  private child: ChildProcess | undefined;
  private over: Promise<string> = Promise.resolve("it was not started");
  private lastLine = "it said nothing";

  constructor(options: RoleOptions) {
    this.options = options;
    this.name = options.name;
    this.url = `http://${HOST}:${options.port}`;
  }

  get role(): ClusterRole {
    return this.options.role;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get ended(): Promise<string> {
    return this.over;
  }

  /** Errors: CLI_ROLE_ENDED, CLI_ROLE_NOT_READY. */
  async start(ctx: Context): Promise<void> {
    this.launch();
    const { clock } = ctx;
    const until = clock.now() + READY_WITHIN_MS;
    for (;;) {
      const why = await this.unready(ctx);
      if (why === undefined) return;
      if (this.child === undefined)
        throw cliError("CLI_ROLE_ENDED", { role: this.name, said: this.lastLine });
      if (clock.now() > until)
        throw cliError("CLI_ROLE_NOT_READY", {
          role: this.name,
          seconds: READY_WITHIN_MS / 1_000,
          reason: why,
        });
      await sleep(ASK_EVERY_MS, ctx);
    }
  }

  /** SIGTERM, on which it drains; SIGKILL when it has not ended in time. */
  async stop(ctx: Context): Promise<void> {
    if (this.child === undefined) return;
    this.child.kill("SIGTERM");
    const late = ctx.clock.setTimer(GRACE_MS, () => this.kill());
    await this.over;
    ctx.clock.clearTimer(late);
  }

  kill(): void {
    this.child?.kill("SIGKILL");
  }

  private launch(): void {
    const { role, port, spare, configFile, logFile, env, name } = this.options;
    const own = [`--cluster.instance-id=up-${name.replace(" ", "-")}`, `--host=${HOST}`, `--port=${port}`];
    const ahead = spare ? [] : ["--no-cluster.spare"];
    const args = ["serve", `--role=${role}`, `--config=${configFile}`, ...own, ...ahead, "--log=json"];
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      // A group of its own: the terminal's Ctrl+C is for us, who end the roles in order.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: withoutSettings(env),
    });
    this.child = child;
    this.over = new Promise((resolve) => {
      const end = (how: string): void => {
        this.child = undefined;
        resolve(how);
      };
      child.once("error", (error) => end(reasonOf(error)));
      // Not "exit": what it said last is read by then.
      child.once("close", (code, signal) => end(signal ?? `code ${code}`));
    });
    this.listen(child, logFile);
  }

  private listen({ stderr }: ChildProcess, logFile: string): void {
    if (stderr === null) throw new TypeError("the role's log is not piped");
    const file = createWriteStream(logFile, { flags: "a", mode: 0o600 });
    file.once("error", (error) => this.options.say(`${this.name}: no log is kept: ${reasonOf(error)}`));
    stderr.pipe(file);
    createInterface({ input: stderr }).on("line", (line) => {
      const shown = humanLogLine(line);
      if (shown === undefined) return;
      this.lastLine = shown;
      this.options.say(`${this.name}: ${shown}`);
    });
  }

  /** Why it takes no work yet; undefined when it does. */
  private async unready(ctx: Context): Promise<string | undefined> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await fetch(`${this.url}/readyz`, { signal });
      const text = await response.text();
      return response.ok ? undefined : oneLine(text);
    } catch (error) {
      ctx.throwIfCancelled();
      if (isCancelled(error)) throw error;
      return reasonOf(error);
    }
  }
}

const withoutSettings = (env: RoleOptions["env"]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("BARRAGE_")));
