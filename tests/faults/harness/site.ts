import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNLIMITED } from "../../support/no-limits.ts";
import { freePorts } from "@barrage/testkit";
import { RoleProcess } from "./role-process.ts";
import type { RoleName } from "./role-process.ts";
import type { Servers } from "./servers.ts";
import { ISSUER } from "./token.ts";

const PARTITIONS = 6;

/** How many of each role. */
const ROLES: Readonly<Record<RoleName, number>> = { ingest: 2, router: 2, gateway: 2, archiver: 1 };

export interface SiteOptions {
  readonly servers: Servers;
  readonly counts?: Partial<Record<RoleName, number>>;
  /** For every process. */
  readonly preloads?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** All roles of one site, on one set of servers. */
export class Site implements AsyncDisposable {
  readonly roles: readonly RoleProcess[];
  private readonly dir: string;

  private constructor(dir: string, roles: readonly RoleProcess[]) {
    this.dir = dir;
    this.roles = roles;
  }

  /** Resolves when every role is ready. */
  static async start(options: SiteOptions): Promise<Site> {
    const dir = mkdtempSync(join(tmpdir(), "barrage-faults-"));
    const { servers, preloads = ["clock", "links", "points"], env = {} } = options;
    const configPath = join(dir, "cluster.json");
    writeFileSync(configPath, JSON.stringify(configOf(servers)));
    const counts = { ...ROLES, ...options.counts };
    const names = Object.entries(counts).flatMap(([role, count]) =>
      Array.from({ length: count }, (_, i) => ({ role: role as RoleName, i: i + 1 })),
    );
    const ports = await freePorts(names.length);
    const roles = names.map(({ role, i }, at) => {
      const instanceId = `${role}-${i}`;
      const own = {
        ...env,
        FAULTS_CLOCK: join(dir, `${instanceId}.clock`),
        FAULTS_LINKS: join(dir, `${instanceId}.links`),
        FAULTS_POINT: join(dir, `${instanceId}.point`),
      };
      return new RoleProcess({
        role,
        instanceId,
        port: ports[at] ?? 0,
        dir: join(dir, instanceId),
        configPath,
        preloads,
        env: own,
      });
    });
    const site = new Site(dir, roles);
    try {
      // One after the other: the first makes topic and tables, and starts at once would look like servers that are away.
      for (const role of roles) {
        role.start();
        await role.ready();
      }
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  all(role: RoleName): readonly RoleProcess[] {
    return this.roles.filter(({ spec }) => spec.role === role);
  }

  /** The role's process number `i`, from 0. */
  one(role: RoleName, i = 0): RoleProcess {
    const found = this.all(role)[i];
    if (found === undefined) throw new RangeError(`there is no ${role} ${i}`);
    return found;
  }

  /** Every process runs, thawed and supervised, and says that it is ready. */
  async ready(): Promise<void> {
    for (const role of this.roles) {
      role.isSupervised = true;
      role.thaw();
      role.start();
    }
    await Promise.all(this.roles.map((role) => role.ready()));
  }

  /** Behind every process is one that would take its place. */
  async spares(): Promise<void> {
    await Promise.all(this.roles.map((role) => role.spare()));
  }

  measure(): void {
    for (const role of this.roles) role.measure();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.roles.map((role) => {
        role.isSupervised = false;
        return role.kill();
      }),
    );
    if (process.env["FAULTS_KEEP"] === undefined) rmSync(this.dir, { recursive: true, force: true });
    else console.error(`kept: ${this.dir}`);
  }
}

function configOf({ kafka, redis, postgresUrl }: Servers): object {
  return nested({
    ...UNLIMITED,
    "server.connections-per-address": 10_000,
    "auth.hs256-secret": ISSUER.hs256Secret,
    "auth.issuer": ISSUER.issuer,
    "auth.audience": ISSUER.audience,
    "cluster.kafka.brokers": kafka.bootstrap,
    "cluster.kafka.partitions": PARTITIONS,
    "cluster.redis.nodes": redis.nodes.map(({ port }) => `127.0.0.1:${port}`),
    "cluster.postgres.url": postgresUrl,
  });
}

/** `a.b-c: 1` as `{a: {bC: 1}}`; texts of numbers as numbers, as a file has them. */
function nested(flat: Readonly<Record<string, unknown>>): object {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) {
    const names = path
      .split(".")
      .map((name) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));
    const last = names.pop() ?? "";
    let at = root;
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>;
    at[last] = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  }
  return root;
}
