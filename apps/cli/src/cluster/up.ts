import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Surroundings } from "../command.ts";
import { checkPort } from "../doctor/port.ts";
import { cliError } from "../errors.ts";
import { EXIT } from "../failure.ts";
import { StopRequested } from "../signals.ts";
import { takeFolder } from "./folder.ts";
import { keepUp } from "./keep-up.ts";
import { listView } from "./list-view.ts";
import { LocalCluster, rolesOf } from "./local-cluster.ts";
import type { ClusterPlan } from "./plan.ts";
import { findPrograms } from "./programs.ts";
import { ProgressList } from "./progress.ts";
import { Servers } from "./servers.ts";
import { summaryLines } from "./summary.ts";

/**
 * Starts the servers and the roles, keeps them up until `ctx` is cancelled, and stops them in order.
 *
 * Errors     CLI_PROGRAMS_MISSING, CLI_PORT_TAKEN, CLI_CLUSTER_IN_USE before anything is started; those of `LocalCluster.start`.
 */
export async function clusterUp(plan: ClusterPlan, around: Surroundings): Promise<number> {
  const { terminal, ctx } = around;
  const programs = findPrograms(around);
  await refuseTakenPort(plan.port);
  using folder = takeFolder(plan.dir);
  const servers = new Servers(plan, folder, programs);
  using view = listView(terminal);
  const roles = rolesOf(plan);
  const items = [...servers.kinds, ...roles].map(({ name, detail }) => ({ name, detail }));
  const list = new ProgressList(items, { clock: ctx.clock, onChange: (item) => view.changed(item) });
  const say = (line: string): void => view.say(line);
  const cluster = new LocalCluster({ plan, folder, servers, list, env: around.env, say });
  // The second signal ends this process at once, and must leave no other one behind.
  const killAll = (): void => cluster.kill();
  process.once("exit", killAll);
  try {
    await watched(ctx, () => cluster.start(ctx));
    const urls = cluster.roles.map(({ url }) => url);
    const lines = summaryLines({
      roles: roles.map((role, i) => ({ ...role, url: urls[i] ?? "" })),
      servers: servers.addresses,
      devKey: folder.secrets.devKey,
      dir: folder.dir,
      configFile: folder.configFile,
      isInteractive: terminal.isInteractive,
    });
    for (const line of lines) terminal.out(line);
    await keepAllUp(cluster, say, ctx);
    const signal = ctx.cause instanceof StopRequested ? ctx.cause.signal : "a stop request";
    terminal.out(`${signal}: everything is stopped in order, and kept for the next time`);
  } finally {
    const calm = ctx.detached();
    await watched(calm, () => cluster.stop(calm));
    process.off("exit", killAll);
  }
  terminal.out("stopped");
  return EXIT.DONE;

  async function watched(parent: Context, work: () => Promise<void>): Promise<void> {
    await using drawing = new Scope(parent.detached(), { name: "progress", onError: "report" });
    drawing.spawn((own) => view.watch(list, own));
    await work();
  }
}

/** Errors: CLI_PORT_TAKEN. */
export async function refuseTakenPort(port: number): Promise<void> {
  const finding = await checkPort("127.0.0.1", port);
  if (finding.state !== "ok") throw cliError("CLI_PORT_TAKEN", { port });
}

/** Returns when `ctx` is cancelled. */
async function keepAllUp(cluster: LocalCluster, say: (line: string) => void, ctx: Context): Promise<void> {
  await using keeping = new Scope(ctx, { name: "keep up", onError: "report" });
  for (const member of cluster.members)
    keeping.spawn((own) => keepUp(member, say, own), { name: `keep up ${member.name}` });
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = ctx.onCancel(() => resolve());
  await promise;
}
