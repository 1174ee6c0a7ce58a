import { BarrageError } from "@barrage/protocol";
import { asyncDispose, background, isCancelled, LifecycleError } from "@barrage/kernel";
import type { Context, Lifecycle } from "@barrage/kernel";
import type { ClusterRole } from "../../config/cluster-section.ts";
import { instanceIdOf } from "../../config/cluster-section.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { serverError } from "../../errors.ts";
import { createLogger } from "../../telemetry/logger.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { openHouse, stopWithin, wayDownOf } from "../house.ts";
import type { HouseOptions } from "../house.ts";
import { graphOf, lifecycleOf, QUIET_PARTS } from "./graph.ts";
import type { Graph } from "./graph.ts";
import { rehearseParts } from "./rehearse-parts.ts";
import { roleEdgeOf } from "./role-edge.ts";
import type { RoleEdge } from "./role-edge.ts";
import { partsOf } from "./running-parts.ts";
import type { RunningRole } from "./start-role.ts";
import { loadClusterCode, redisMissing } from "./servers.ts";
import type { Ground } from "./servers.ts";

export interface PrepareOptions extends HouseOptions {
  /** Folder of the built page. */
  readonly webRoot?: string | undefined;
  /** Cancelled: it is given up. */
  readonly ctx?: Context | undefined;
  /** Nobody may want it for days: until it is started it writes no word into the log. */
  readonly isSpare?: boolean;
}

export interface BeginOptions {
  /** Cancelled: the start is given up. */
  readonly ctx?: Context | undefined;
  /** Processes that were in its place before; absent where nobody supervises. */
  readonly restarts?: number | undefined;
}

/** What is known only when it starts. */
interface Told {
  restarts?: number | undefined;
}

interface Made {
  readonly role: ClusterRole;
  readonly ground: Ground;
  readonly graph: Graph;
  readonly lifecycle: Lifecycle;
  readonly undo: AsyncDisposableStack;
  readonly loud: Logger;
}

/**
 * A role of which everything is made that nobody else notices: its connections are open, its edge stands. It is in no
 * group, listens nowhere, and writes nothing.
 *
 * Shape      `start` once, or disposed of.
 */
export class PreparedRole implements AsyncDisposable {
  private readonly made: Made;
  private readonly edge: RoleEdge;
  private readonly told: Told;

  private constructor(made: Made, edge: RoleEdge, told: Told) {
    this.made = made;
    this.edge = edge;
    this.told = told;
  }

  /**
   * Errors     SERVER_CLUSTER_ABSENT, those of Kafka, Redis and PostgreSQL that waiting does not mend; nothing stays
   *            open after a failure.
   */
  static async make(config: ServerConfig, options: PrepareOptions = {}): Promise<PreparedRole> {
    const { role } = config.cluster;
    if (role === "embedded") throw serverError("SERVER_CONFIG_INVALID", { problems: "cluster.role" });
    const undo = new AsyncDisposableStack();
    try {
      const loud = options.log ?? createLogger({ level: config.telemetry.logLevel });
      const log = loud.child({});
      if (options.isSpare === true) log.level = "silent";
      const house = await openHouse(config, { ...options, log }, undo);
      const ground = { house, ...(await loadClusterCode()) };
      const graph = graphOf(() => ground);
      const lifecycle = lifecycleOf(role, graph);
      undo.defer(() => stopWithin((ctx) => lifecycle.stop(ctx)));
      const quiet = QUIET_PARTS[role].map((name) => graph[name]);
      await saidWhy((ctx) => lifecycle.prepare(quiet, ctx), options.ctx ?? background);
      const told: Told = {};
      const made = { role, ground, graph, lifecycle, undo, loud };
      const { webRoot } = options;
      const restarts = (): number | undefined => told.restarts;
      const edge = await roleEdgeOf(ground, partsOf(lifecycle, graph), { webRoot, restarts, undo });
      return new PreparedRole(made, edge, told);
    } catch (error) {
      await undo[asyncDispose]();
      throw error;
    }
  }

  /** Are the servers there that every start waits for? What has lost them meanwhile is made anew rather than started. */
  get isFit(): boolean {
    const { lifecycle, graph } = this.made;
    const redis = lifecycle.find(graph.redis);
    const isConnected = redis === undefined || redisMissing(redis) === undefined;
    return (
      lifecycle.state === "prepared" && isConnected && lifecycle.find(graph.log)?.stats.failed === undefined
    );
  }

  /** Goes once through the code that its first clients and records would else find cold. Errors: those of what it calls. */
  rehearse(ctx: Context): Promise<void> {
    const { lifecycle, graph, ground } = this.made;
    return rehearseParts(ground, partsOf(lifecycle, graph), ctx);
  }

  /**
   * Takes part: joins groups, tells others, listens.
   *
   * Errors     those of what it joins, and of listening; nothing stays open after a failed start.
   */
  async start({ ctx = background, restarts }: BeginOptions): Promise<RunningRole> {
    const { role, ground, lifecycle, undo, loud } = this.made;
    const { house } = ground;
    const { edge, devKey } = this.edge;
    house.log.level = loud.level;
    this.told.restarts = restarts;
    try {
      await saidWhy((own) => lifecycle.start(own), ctx);
      const { address, url } = await edge.listen();
      // From here on the way down is in order.
      undo.move();
      const stop = { name: role, run: (own: Context) => lifecycle.stop(own) };
      const shutdown = wayDownOf(house, {
        orderly: [...edge.orderly, stop],
        release: edge.release,
        last: [stop],
      });
      house.log.info({ url, role, instanceId: instanceIdOf(house.config.cluster) }, "the role serves");
      return {
        role,
        address,
        subAddress: edge.subAddress,
        url,
        devKey,
        close: () => shutdown.run(),
        force: () => shutdown.force(),
      };
    } catch (error) {
      await undo[asyncDispose]();
      throw error;
    }
  }

  /** Closes what was opened. Idempotent; not after a start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.made.undo[asyncDispose]();
  }
}

/** What failed says why in its own words. */
async function saidWhy(start: (ctx: Context) => Promise<void>, ctx: Context): Promise<void> {
  try {
    await start(ctx);
  } catch (error) {
    ctx.throwIfCancelled();
    if (!(error instanceof LifecycleError)) throw error;
    // Parts that were called off because of it are not why.
    const causes = error.errors.filter((cause) => !isCancelled(cause));
    throw causes.find((cause) => BarrageError.is(cause)) ?? error;
  }
}
