import { startGatewayHalf } from "@barrage/engine";
import type { GatewaySource, LocalGateway } from "@barrage/engine";
import { provider } from "@barrage/kernel";
import type { Task } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import { addressBlock } from "../../gateway/address-block.ts";
import { GatewayWindows } from "./gateway-windows.ts";
import type { IngestParts } from "./ingest.ts";
import type { SharedRooms } from "./rooms.ts";
import type { Ground, Servers, Started } from "./servers.ts";

/** How long a viewer waits for a record that is known of and not in the window yet, ms: a router is replaced within. */
const PUBLISHED_WITHIN_MS = 10_000;

type GatewayNeeds = Started<Servers, "redis"> &
  Started<SharedRooms, "window" | "feed"> &
  Started<IngestParts, "ingest" | "presence">;

/** Viewers and their fan-out, over the shared windows and feed. */
export interface GatewayWork {
  readonly gateway: LocalGateway;
  /** The longest flush window in force in rooms with viewers here, ms. */
  readonly windowMs: number;
  /** Tells other processes of its viewers and windows, until cancelled; their last word is that nobody is here any more. */
  tell(): readonly Task<void>[];
  stop(): Promise<void>;
}

export function gatewayOf(
  ground: () => Ground,
  { redis }: Servers,
  { window, feed }: SharedRooms,
  parts: IngestParts,
) {
  const { ingest, presence } = parts;
  const gateway = provider({
    name: "gateway",
    needs: { redis, window, feed, ingest, presence },
    start: (needs) => startGateway(ground(), needs),
    stop: (work) => work.stop(),
  });
  const reports = provider({
    name: "gateway reports",
    needs: { gateway },
    start: (needs) => needs.gateway.tell(),
    async stop(telling) {
      for (const task of telling) task.cancel();
      await Promise.allSettled(telling);
    },
  });
  return { gateway, reports };
}

function startGateway({ house, cluster }: Ground, needs: GatewayNeeds): GatewayWork {
  const { config, scope, meter, onEvent, tracing } = house;
  const settings = engineSettingsOf(config);
  const feed = new GatewayWindows(needs.feed, settings.flush);
  const { lifeMs } = cluster.WISH_DEFAULTS;
  const redisWishes = new cluster.RedisWishes(needs.redis, { gateway: instanceIdOf(config.cluster), lifeMs });
  const wishes = new cluster.OwnWishes(redisWishes, () => feed.wishes());
  const reports = new cluster.PresenceReports(needs.presence, () => gateway.viewerCounts());
  const source: GatewaySource = {
    publisher: needs.ingest.half.publisher,
    window: needs.window,
    feed,
    published: new cluster.PublishedHeads(needs.window, PUBLISHED_WITHIN_MS),
    requireRoom: (room, seq, ctx) => needs.ingest.half.requireRoom(room, seq, ctx),
    windowMs: (room) => feed.windowMs(room),
    viewersElsewhere: (room) => reports.elsewhere(room),
    joined: ({ room, principal, address }) =>
      reports.joined(room, principal === null ? { address: addressBlock(address) } : { uid: principal.uid }),
  };
  const { context: ctx } = scope;
  const gateway = startGatewayHalf({
    source,
    settings,
    ctx,
    onEvent,
    random: Math.random,
    meter,
    tracing,
  });
  const figures = {
    viewersOf: (room: string) => gateway.viewersOf(room),
    get work() {
      return gateway.fanOutWork;
    },
    meter,
  };
  return {
    gateway,
    get windowMs() {
      return feed.longestMs;
    },
    tell: () => [
      scope.spawn((own) => reports.run(own), { name: "presence" }),
      scope.spawn((own) => feed.run(figures, own), { name: "flush windows" }),
      scope.spawn((own) => wishes.run(own), { name: "flush window wishes" }),
    ],
    stop: () => gateway.stop(),
  };
}
