import { execFile, execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export interface PostgresOptions {
  /** Is written data to survive a power loss? Off, because it does survive the end of any process. */
  readonly fsync?: boolean;
  /** More lines of postgresql.conf, as `name=value`. */
  readonly settings?: readonly string[];
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const USER = "barrage";
const PORT = 5432;
const READY = "database system is ready to accept connections";
/** Said while processes of a server that was killed still hold its memory. They are on their way out. */
const STILL_HELD = "pre-existing shared memory block";
/** Starts that may find the old memory held (a count): each takes some tens of ms, a killed process less. */
const STARTS = 200;
const KEPT_LINES = 50;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The folder of `initdb` and `postgres`: one of PATH, or the newest of Debian's; undefined when there is none. */
export function findPostgres(path: string): string | undefined {
  const versions = globSync("/usr/lib/postgresql/*/bin");
  const newestFirst = versions.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return [...path.split(delimiter), ...newestFirst].find(
    (folder) =>
      folder !== "" && isExecutable(join(folder, "initdb")) && isExecutable(join(folder, "postgres")),
  );
}

/** PostgreSQL refuses to run as root: then it runs as the user Debian made for it, or as nobody. */
function ownerOf(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined)
    throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * A PostgreSQL server of a test's own, in a temporary folder, reached by a Unix socket in it.
 *
 * Shape      `await using server = await PostgresServer.start(bin)`; disposing ends it and deletes the folder.
 */
export class PostgresServer implements AsyncDisposable {
  private readonly bin: string;
  private readonly folder: string;
  private readonly owner: Owner | undefined;
  private readonly args: readonly string[];
  private running: ChildProcess | undefined = undefined;

  private constructor(bin: string, folder: string, owner: Owner | undefined, options: PostgresOptions) {
    this.bin = bin;
    this.folder = folder;
    this.owner = owner;
    const { fsync = false, settings = [] } = options;
    const durable = fsync ? [] : ["fsync=off", "full_page_writes=off"];
    const conf = ["listen_addresses=", `unix_socket_directories=${folder}`, ...durable, ...settings];
    this.args = ["-D", join(folder, "data"), ...conf.flatMap((line) => ["-c", line])];
  }

  /** Makes a cluster in a new folder and starts it; `bin` is what `findPostgres` gave. */
  static async start(bin: string, options: PostgresOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "barrage-pg-"));
    const owner = ownerOf();
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    chmodSync(folder, 0o700);
    const server = new PostgresServer(bin, folder, owner, options);
    try {
      await server.initialise();
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Address of a database of this server. */
  url(database = "postgres"): string {
    return `postgresql://${USER}@/${database}?host=${encodeURIComponent(this.folder)}&port=${PORT}`;
  }

  /** Process id of the server that runs now. */
  get pid(): number {
    const pid = this.running?.pid;
    if (pid === undefined) throw new Error("the server does not run");
    return pid;
  }

  /** Starts it again on what is in its folder; resolves when it answers. */
  async restart(): Promise<void> {
    for (let start = 1; ; start++) {
      const complaint = await this.launch();
      if (complaint === undefined) return;
      if (!complaint.includes(STILL_HELD) || start === STARTS)
        throw new Error(`PostgreSQL did not start:\n${complaint}`);
    }
  }

  /** Ends it in good order, without waiting for its clients ("fast"). */
  async stop(): Promise<void> {
    await this.end("SIGINT");
  }

  /** Ends the server and every process of it at once, as a crash of the machine would. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** No process of it runs until `thaw`: connections stay open, and nothing is answered. */
  freeze(): void {
    // The server first: it could start another process for a connection meanwhile.
    process.kill(this.pid, "SIGSTOP");
    for (const pid of this.children()) process.kill(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of this.children()) process.kill(pid, "SIGCONT");
    process.kill(this.pid, "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing of it is needed any more, so no time is spent on a checkpoint.
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async initialise(): Promise<void> {
    const data = join(this.folder, "data");
    const args = ["-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    const env = { PATH: dirname(this.bin), LC_ALL: "C" };
    await promisify(execFile)(join(this.bin, "initdb"), args, { cwd: this.folder, env, ...this.owner });
  }

  /** Undefined when it answers, what it said last when it ended instead. */
  private async launch(): Promise<string | undefined> {
    const server = spawn(join(this.bin, "postgres"), this.args, {
      cwd: this.folder,
      env: { LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
      ...this.owner,
    });
    this.running = server;
    const ended = once(server, "exit");
    const said: string[] = [];
    const ready = new Promise<boolean>((resolve) => {
      const lines = createInterface({ input: server.stderr });
      lines.on("line", (line) => {
        said.push(line);
        if (said.length > KEPT_LINES) said.shift();
        if (line.includes(READY)) resolve(true);
      });
      lines.on("close", () => resolve(false));
    });
    if (await ready) {
      await this.handshake();
      return undefined;
    }
    await ended;
    this.running = undefined;
    return said.join("\n");
  }

  /** The first byte of the answer to a start-up message: R, "who you are is settled". */
  private async handshake(): Promise<void> {
    const body = Buffer.from(`\0\x03\0\0user\0${USER}\0database\0postgres\0\0`, "latin1");
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    const socket = connect(join(this.folder, `.s.PGSQL.${PORT}`));
    socket.write(Buffer.concat([length, body]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    if (answer.toString("latin1", 0, 1) !== "R")
      throw new Error(`PostgreSQL does not take connections: ${answer.toString("latin1")}`);
  }

  private async end(signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const server = this.running;
    this.running = undefined;
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const children = signal === "SIGKILL" ? childrenOf(server.pid) : [];
    const ended = once(server, "exit");
    server.kill(signal);
    for (const pid of children) killIfThere(pid);
    await ended;
  }

  private children(): readonly number[] {
    return childrenOf(this.pid);
  }
}

/** Processes that a server has started; those have none of their own. */
function childrenOf(pid: number): readonly number[] {
  const ofLinux = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(ofLinux)) return readFileSync(ofLinux, "utf8").split(" ").filter(Boolean).map(Number);
  const list = execFileSync("ps", ["-A", "-o", "ppid=,pid="], { encoding: "utf8" });
  const pairs = list.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([parent, child]) => (parent === pid && child !== undefined ? [child] : []));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself, because its server did.
  }
}
