import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { login } from "./api.ts";
import { ClusterSite } from "./cluster-site.ts";
import type { Role } from "./cluster-site.ts";
import type { ServeProcess } from "./serve-process.ts";

/** What each process is called, and what it does. */
const ROLES = {
  ingest: "ingest",
  router: "router",
  archiver: "archiver",
  "gateway-1": "gateway",
  "gateway-2": "gateway",
} as const satisfies Readonly<Record<string, Role>>;

export type ProcessName = keyof typeof ROLES;

const NAMES = Object.keys(ROLES) as ProcessName[];

/** A site whose roles run as processes of their own, each on a port that it keeps. */
export class ClusterProcesses implements AsyncDisposable {
  readonly site: ClusterSite;
  private readonly more: Readonly<Record<string, string>>;
  private readonly running = new Map<ProcessName, ServeProcess>();

  private constructor(site: ClusterSite, more: Readonly<Record<string, string>>) {
    this.site = site;
    this.more = more;
  }

  /** `words`: the keyword list of who takes publishes. */
  static async start(options: {
    readonly words: string;
    readonly settings: Readonly<Record<string, string>>;
  }): Promise<ClusterProcesses> {
    const site = await ClusterSite.start();
    const file = join(site.folderPath, "words.txt");
    writeFileSync(file, options.words);
    const all = new ClusterProcesses(site, { ...options.settings, "moderation.words-file": file });
    try {
      await Promise.all(NAMES.map((name) => all.begin(name)));
      return all;
    } catch (error) {
      await all[Symbol.asyncDispose]();
      throw error;
    }
  }

  at(name: ProcessName): ServeProcess {
    const process = this.running.get(name);
    if (process === undefined) throw new Error(`${name} does not run`);
    return process;
  }

  url(name: ProcessName): string {
    return this.at(name).url;
  }

  token(uid: string, role = "viewer"): Promise<string> {
    const { key } = this.at("ingest");
    return login(this.url("ingest"), { uid, role, ...(role === "viewer" ? {} : { key }) });
  }

  /** Starts it again on the port and under the name that it had. `more`: settings of its own. */
  async again(name: ProcessName, more: Readonly<Record<string, string>> = {}): Promise<void> {
    const { port } = this.at(name);
    await this.begin(name, port, more);
  }

  /** As `kill -9`; resolves when it is gone. */
  async kill(name: ProcessName): Promise<void> {
    this.at(name).kill("SIGKILL");
    await this.at(name).ended;
  }

  /** SIGTERM; resolves with its exit code. */
  async stop(name: ProcessName): Promise<number | null> {
    this.at(name).kill("SIGTERM");
    return (await this.at(name).ended).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.running.values()].map((one) => one[Symbol.asyncDispose]()));
    await this.site[Symbol.asyncDispose]();
  }

  private async begin(
    name: ProcessName,
    port = 0,
    own: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const more = { ...this.more, "telemetry.tracing.service-name": name, ...own };
    this.running.set(name, await this.site.run(ROLES[name], name, { port, more }));
  }
}
