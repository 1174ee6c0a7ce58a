import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { background, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { launcherError } from "../errors.ts";
import { freePorts } from "../free-ports.ts";
import { ServerProcess } from "../server-process.ts";
import { childrenOf, killIfThere } from "./children.ts";
import type { PostgresPrograms } from "./find.ts";
import { takesConnections } from "./greeting.ts";
import { initialise, USER } from "./initialise.ts";
import { handOver } from "./owner.ts";
import type { Owner } from "./owner.ts";

const SOCKET_PORT = 5432;
/** Said while processes of a server that was killed still hold its memory. They are on their way out. */
const STILL_HELD = "pre-existing shared memory block";
/** Starts that may find the old memory held (a count): each takes some tens of ms, a killed process less. */
const STARTS = 200;
const ASK_EVERY_MS = 20;
const READY_WITHIN_MS = 120_000;
const GRACE_MS = 10_000;

export interface PostgresOptions {
  readonly programs: PostgresPrograms;
  /** Folder of everything that it keeps; made when missing, taken up when there. */
  readonly dir: string;
  /** Is the folder kept at the end? */
  readonly keep: boolean;
  /** Is written data to survive a power loss? As `keep` unless given; it survives the end of any process either way. */
  readonly fsync?: boolean;
  /** Asked of who connects, over TCP on loopback. Absent: nobody is asked, and there is only a socket in the folder. */
  readonly password?: string;
  /** More lines of postgresql.conf, as `name=value`. */
  readonly settings?: readonly string[];
}

/** A PostgreSQL server of this machine. Disposing it kills it. */
export class PostgresServer implements AsyncDisposable {
  /** Its first process; the others of it end with that. */
  readonly process: ServerProcess;
  private readonly options: PostgresOptions;
  private readonly port: number;
  private readonly ctx: Context;

  private constructor(options: PostgresOptions, owner: Owner | undefined, port: number, ctx: Context) {
    const { programs, dir, keep, fsync = keep, password, settings = [] } = options;
    this.options = options;
    this.port = port;
    this.ctx = ctx;
    const place =
      password === undefined
        ? ["listen_addresses=", `unix_socket_directories=${dir}`]
        : ["listen_addresses=127.0.0.1", "unix_socket_directories=", `port=${port}`];
    const durable = fsync ? [] : ["fsync=off", "full_page_writes=off"];
    const lines = [...place, ...durable, ...settings].flatMap((line) => ["-c", line]);
    this.process = new ServerProcess({
      name: "postgresql",
      program: join(programs.bin, "postgres"),
      args: ["-D", join(dir, "data"), ...lines],
      logPath: join(dir, "postgres.log"),
      cwd: dir,
      env: { LC_ALL: "C" },
      ...(owner === undefined ? {} : { user: owner }),
    });
  }

  /**
   * Makes its files unless they are there, starts it, and resolves when it takes connections.
   *
   * Errors     LAUNCHER_ENDED, LAUNCHER_NOT_READY, LAUNCHER_FOLDER_CLOSED, LAUNCHER_NO_USER; cancelled: it does not run.
   */
  static async start(options: PostgresOptions, ctx: Context = background): Promise<PostgresServer> {
    mkdirSync(options.dir, { recursive: true });
    const owner = handOver(options.dir);
    const [port = SOCKET_PORT] = options.password === undefined ? [] : await freePorts(1);
    const server = new PostgresServer(options, owner, port, ctx);
    try {
      await initialise(options, owner, ctx);
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Address of a database of this server, with the password. */
  url(database = "postgres"): string {
    const { dir, password } = this.options;
    return password === undefined
      ? `postgresql://${USER}@/${database}?host=${encodeURIComponent(dir)}&port=${this.port}`
      : `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Process id of the server that runs now. */
  get pid(): number {
    const { pid } = this.process;
    if (pid === undefined) throw new Error("the server does not run");
    return pid;
  }

  /** Starts it again on what is in its folder; resolves when it answers. */
  async restart(): Promise<void> {
    for (let start = 1; ; start++) {
      this.process.start();
      if (await this.answers()) return;
      const said = this.process.tail();
      if (!said.includes(STILL_HELD) || start === STARTS)
        throw launcherError("LAUNCHER_ENDED", { server: this.process.name, said });
    }
  }

  /** Ends it in good order, without waiting for its clients ("fast"). The folder stays until it is disposed. */
  async stop(): Promise<void> {
    await this.process.stop(GRACE_MS, this.ctx.detached(), "SIGINT");
  }

  /** Ends the server and every process of it at once, as a crash of the machine would. */
  async kill(): Promise<void> {
    const { pid } = this.process;
    const children = pid === undefined ? [] : childrenOf(pid);
    const ended = this.process.kill();
    for (const child of children) killIfThere(child);
    await ended;
  }

  /** No process of it runs until `thaw`: connections stay open, and nothing is answered. */
  freeze(): void {
    // The server first: it could start another process for a connection meanwhile.
    this.process.freeze();
    for (const pid of childrenOf(this.pid)) process.kill(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of childrenOf(this.pid)) process.kill(pid, "SIGCONT");
    this.process.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (!this.options.keep) rmSync(this.options.dir, { recursive: true, force: true });
  }

  /** False when it has ended instead. */
  private async answers(): Promise<boolean> {
    const { dir, password } = this.options;
    const { clock } = this.ctx;
    const until = clock.now() + READY_WITHIN_MS;
    const address =
      password === undefined
        ? { path: join(dir, `.s.PGSQL.${this.port}`) }
        : { host: "127.0.0.1", port: this.port };
    while (this.process.isRunning) {
      if (await takesConnections(address, USER)) return true;
      if (clock.now() > until)
        throw launcherError("LAUNCHER_NOT_READY", {
          server: this.process.name,
          seconds: READY_WITHIN_MS / 1_000,
          said: this.process.tail(),
        });
      await sleep(ASK_EVERY_MS, this.ctx);
    }
    return false;
  }
}
