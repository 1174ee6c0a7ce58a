import { randomUUID } from "node:crypto";
import { PolicyTally, routePartition } from "@barrage/engine";
import type { Commit, RecentWindow, RouterCounts } from "@barrage/engine";
import type { PartitionWork, WishedWindows } from "@barrage/cluster";
import { provider } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import { HeldPartitions } from "./held-partitions.ts";
import { startGroupWork } from "./group-work.ts";
import type { GroupWork } from "./group-work.ts";
import { roomPlacesOf } from "./rooms.ts";
import type { SharedRooms } from "./rooms.ts";
import { ARCHIVER_GROUP, ROUTER_GROUP } from "./servers.ts";
import type { Ground, Servers, Started } from "./servers.ts";

/** The routers' part: every room's order, on its way from the log to windows and feed. */
export interface RouterWork extends GroupWork {
  readonly counts: RouterCounts;
  /** The longest flush window in force, ms. */
  readonly windowMs: number;
  /** Rooms that were filled again because Redis had lost writes. */
  readonly rewinds: number;
  /** Partitions that stand still until a room of theirs can be learned of. */
  readonly held: HeldPartitions;
}

type RouterNeeds = Started<Servers, "redis" | "log" | "postgres"> & Started<SharedRooms, "window" | "feed">;

export function routerOf(ground: () => Ground, servers: Servers, shared: SharedRooms) {
  const { redis, log, postgres } = servers;
  const { window, feed, states } = shared;
  const router = provider({
    name: "router",
    needs: { redis, log, postgres, window, feed },
    start: (needs) => startRouter(ground(), needs),
    stop: (work) => work.stop(),
    health: (work) => work.trouble,
  });
  const coordinator = provider({
    name: "coordinator",
    needs: { redis, log, postgres, states },
    start(needs) {
      const { house, cluster } = ground();
      const { heartbeatTimeoutMs: timeoutMs } = house.config.engine.rooms;
      const { catalog } = needs.postgres;
      const running = new cluster.RedisCoordinator(
        {
          link: needs.redis,
          log: needs.log,
          states: needs.states.rooms,
          catalog,
          places: roomPlacesOf(ground(), needs.redis),
          newId: randomUUID,
        },
        { signals: cluster.SIGNAL_DEFAULTS, timeoutMs, ...cluster.COORDINATOR_DEFAULTS },
      );
      const consumer = instanceIdOf(house.config.cluster);
      return { task: house.scope.spawn((ctx) => running.run(consumer, ctx), { name: "coordinator" }) };
    },
    async stop({ task }) {
      task.cancel();
      await task.catch(() => undefined);
    },
  });
  return { router, coordinator };
}

function startRouter(ground: Ground, needs: RouterNeeds): RouterWork {
  const { house, cluster } = ground;
  const { flush } = engineSettingsOf(house.config);
  const tally = new PolicyTally();
  const counts: RouterCounts = { published: 0, muted: 0, policies: tally.total };
  const counted = new CountedWindow(needs.window);
  const wishes = new cluster.RedisWishes(needs.redis, { gateway: "", lifeMs: cluster.WISH_DEFAULTS.lifeMs });
  const windows = new cluster.WishedWindows(wishes, flush);
  const looking = house.scope.spawn((own) => windows.run(own), { name: "flush windows" });
  const held = new HeldPartitions();
  const routing = routingOf(ground, needs, { window: counted, windows, tally, totals: counts, held });
  const work = startGroupWork(house, { role: "router", group: ROUTER_GROUP }, needs.log, routing);
  return {
    get trouble() {
      return work.trouble;
    },
    get figures() {
      return work.figures;
    },
    get rewinds() {
      return counted.rewinds;
    },
    counts,
    held,
    get windowMs() {
      return windows.longestMs;
    },
    async stop() {
      await work.stop();
      looking.cancel();
      await looking.catch(() => undefined);
    },
  };
}

interface Routing {
  readonly window: RecentWindow;
  readonly windows: WishedWindows;
  readonly tally: PolicyTally;
  readonly totals: RouterCounts;
  readonly held: HeldPartitions;
}

/** What is done with a partition. */
function routingOf(
  { house: { config, onEvent, tracing } }: Ground,
  { log, postgres: { archive, catalog }, window: states, feed }: RouterNeeds,
  { window, windows, tally, totals, held }: Routing,
): PartitionWork {
  const settings = engineSettingsOf(config);
  return async (owned, ctx) => {
    using watching = new DisposableStack();
    const { index, committed } = owned;
    const commit: Commit = (seq, own) => owned.commit(seq, own);
    await routePartition(
      {
        partition: log.partition(index),
        committed,
        commit,
        window,
        states,
        feed,
        nodeOf: (room) => states.nodeOf(room),
        catalog,
        archive,
        archiver: ARCHIVER_GROUP,
        settings,
        tally,
        totals,
        windowMs: (room) => windows.of(room),
        onEvent,
        tracing,
      },
      ctx,
      (figures) => {
        watching.use(windows.watch(() => figures.takeCounts()));
        watching.use(held.watch(index, figures));
      },
    );
  };
}

/** Counts how often the window was found to have lost writes. */
class CountedWindow implements RecentWindow {
  rewinds = 0;
  private readonly inner: RecentWindow;

  constructor(inner: RecentWindow) {
    this.inner = inner;
  }

  async append(...call: Parameters<RecentWindow["append"]>): ReturnType<RecentWindow["append"]> {
    const outcome = await this.inner.append(...call);
    if (outcome === "behind") this.rewinds += 1;
    return outcome;
  }

  open(...call: Parameters<RecentWindow["open"]>): Promise<void> {
    return this.inner.open(...call);
  }

  read(...call: Parameters<RecentWindow["read"]>): ReturnType<RecentWindow["read"]> {
    return this.inner.read(...call);
  }

  remove(...call: Parameters<RecentWindow["remove"]>): Promise<void> {
    return this.inner.remove(...call);
  }
}
