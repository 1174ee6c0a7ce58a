import { writeFileSync } from "node:fs";
import { scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { freePorts } from "@barrage/launchers";
import type { ClusterRole } from "@barrage/server";
import { yamlOf } from "./cluster-config.ts";
import type { ClusterFolder } from "./folder.ts";
import type { KeptUp } from "./keep-up.ts";
import type { ClusterPlan } from "./plan.ts";
import type { ProgressList } from "./progress.ts";
import { Role } from "./role.ts";
import type { RoleOptions } from "./role.ts";
import type { Servers } from "./servers.ts";

/** A role before it has a port. */
export interface RolePlan {
  readonly name: string;
  readonly role: ClusterRole;
  /** What it does, for people. */
  readonly detail: string;
}

/** In the order of their start; their end is the other way round, so that who takes work in goes first. */
export const rolesOf = ({ gateways }: Pick<ClusterPlan, "gateways">): readonly RolePlan[] => [
  { name: "archiver", role: "archiver", detail: "writes the log into PostgreSQL" },
  { name: "router", role: "router", detail: "orders, batches, keeps recent windows" },
  { name: "ingest", role: "ingest", detail: "takes danmaku over HTTP" },
  ...Array.from({ length: gateways }, (_, i) => ({
    name: `gateway ${i + 1}`,
    role: "gateway" as const,
    detail: i === 0 ? "viewers, and the page" : "viewers",
  })),
];

export interface LocalClusterParts {
  readonly plan: ClusterPlan;
  readonly folder: ClusterFolder;
  readonly servers: Servers;
  readonly list: ProgressList;
  readonly env: RoleOptions["env"];
  readonly say: (line: string) => void;
}

/**
 * The servers and the roles of one folder, as processes of ours.
 *
 * Shape      `start` once; `stop` in order, also of what a start that failed left; `kill` when this process ends at once.
 */
export class LocalCluster {
  private readonly parts: LocalClusterParts;
  private started: readonly Role[] = [];

  constructor(parts: LocalClusterParts) {
    this.parts = parts;
  }

  get roles(): readonly Role[] {
    return this.started;
  }

  /** Everything that is started again when it ends. */
  get members(): readonly KeptUp[] {
    return [...this.parts.servers.kinds.flatMap(({ members }) => members), ...this.started];
  }

  /** Errors: those of the launchers, CLI_ROLE_ENDED, CLI_ROLE_NOT_READY; cancelled: `stop` ends what has started. */
  async start(ctx: Context): Promise<void> {
    const { servers, list } = this.parts;
    await scope(
      (tasks) => {
        for (const kind of servers.kinds)
          tasks.spawn((own) => list.step(kind.name, "start", () => kind.start(own)), { name: kind.name });
      },
      { parent: ctx, name: "servers" },
    );
    this.started = await this.makeRoles();
    await scope(
      (tasks) => {
        for (const role of this.started)
          tasks.spawn((own) => list.step(role.name, "start", () => role.start(own)), { name: role.name });
      },
      { parent: ctx, name: "roles" },
    );
  }

  /** First who takes work in, then who works on it, then what they stand on. */
  async stop(ctx: Context): Promise<void> {
    const { servers, list } = this.parts;
    const edges = this.started.filter(({ role }) => role === "gateway" || role === "ingest");
    const inner = this.started.filter((role) => !edges.includes(role));
    for (const roles of [edges, inner])
      await Promise.all(roles.map((role) => list.step(role.name, "stop", () => role.stop(ctx))));
    const running = servers.kinds.filter(({ members }) => members.length > 0);
    await Promise.all(running.map((kind) => list.step(kind.name, "stop", () => kind.stop())));
  }

  kill(): void {
    for (const role of this.started) role.kill();
    for (const kind of this.parts.servers.kinds) kind.kill();
  }

  private async makeRoles(): Promise<readonly Role[]> {
    const { plan, folder, servers, env, say } = this.parts;
    const { secrets, configFile } = folder;
    const facts = { ...servers.addresses, dataFolder: folder.roles, devKey: secrets.devKey };
    // Passwords are in it.
    writeFileSync(configFile, yamlOf(facts), { mode: 0o600 });
    const plans = rolesOf(plan);
    const ports = await freePorts(plans.length);
    return plans.map(({ name, role }, i) => {
      const isPage = name === "gateway 1" && plan.port !== 0;
      const port = isPage ? plan.port : (ports[i] ?? 0);
      return new Role({
        name,
        role,
        port,
        spare: plan.spare,
        configFile,
        logFile: folder.logOf(name),
        env,
        say,
      });
    });
  }
}
