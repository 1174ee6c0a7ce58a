import { randomUUID } from "node:crypto";
import { PolicyTally, routePartition } from "@barrage/engine";
import type { RecentWindow, RouterCounts } from "@barrage/engine";
import { provider } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import { startGroupWork } from "./group-work.ts";
import type { GroupWork } from "./group-work.ts";
import type { SharedRooms } from "./rooms.ts";
import { ARCHIVER_GROUP, ROUTER_GROUP } from "./servers.ts";
import type { Ground, Servers, Started } from "./servers.ts";

/** The routers' part: every room's order, on its way from the log to windows and feed. */
export interface RouterWork extends GroupWork {
  readonly counts: RouterCounts;
  /** Rooms that were filled again because Redis had lost writes. */
  readonly rewinds: number;
}

type RouterNeeds = Started<Servers, "log" | "postgres"> & Started<SharedRooms, "window" | "feed">;

export function routerOf(ground: () => Ground, servers: Servers, shared: SharedRooms) {
  const { redis, log, postgres } = servers;
  const { window, feed, states } = shared;
  const router = provider({
    name: "router",
    needs: { log, postgres, window, feed },
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
        { link: needs.redis, log: needs.log, states: needs.states.rooms, catalog, newId: randomUUID },
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

function startRouter({ house }: Ground, needs: RouterNeeds): RouterWork {
  const { config, onEvent, tracing } = house;
  const settings = engineSettingsOf(config);
  const tally = new PolicyTally();
  const counts: RouterCounts = { published: 0, muted: 0, policies: tally.total };
  const { archive, catalog } = needs.postgres;
  const counted = new CountedWindow(needs.window);
  const work = startGroupWork(house, { role: "router", group: ROUTER_GROUP }, needs.log, (owned, ctx) =>
    routePartition(
      {
        partition: needs.log.partition(owned.index),
        committed: owned.committed,
        commit: (seq, own) => owned.commit(seq, own),
        window: counted,
        states: needs.window,
        feed: needs.feed,
        catalog,
        archive,
        archiver: ARCHIVER_GROUP,
        settings,
        tally,
        totals: counts,
        // No gateway is in this process whose load could be seen: the smallest window always.
        windowMs: () => settings.flush.minMs,
        onEvent,
        tracing,
      },
      ctx,
    ),
  );
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
    stop: () => work.stop(),
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
