import type { RedisLink, RedisRoomPlaces } from "@barrage/cluster";
import { provider, Scope } from "@barrage/kernel";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import type { Ground, Servers } from "./servers.ts";

/** Windows, feed and room states: what processes share of rooms. */
export function roomsOf(ground: () => Ground, { redis, postgres }: Servers) {
  const window = provider({
    name: "recent windows",
    needs: { redis },
    start(needs) {
      const { house, cluster } = ground();
      const options = { ...engineSettingsOf(house.config).window, headLifeMs: cluster.HEAD_LIFE_MS };
      return new cluster.RedisWindow(needs.redis, options);
    },
  });

  const feed = provider({
    name: "feed",
    needs: { redis },
    start(needs) {
      const { house, cluster } = ground();
      return new cluster.RedisFeed(needs.redis, cluster.FEED_DEFAULTS, house.scope.context);
    },
    stop: (open) => open[Symbol.asyncDispose](),
  });

  const states = provider({
    name: "room states",
    needs: { redis, window, postgres },
    start(needs) {
      const { house, cluster } = ground();
      const scope = new Scope(house.scope.context, { name: "room states", onError: "report" });
      const strings = cluster.stringsOf(needs.redis);
      const shared = new cluster.RedisLayer(strings, "room/", cluster.decodeCatalogued);
      const { catalog } = needs.postgres;
      return {
        scope,
        rooms: new cluster.ClusterRoomStates({ stored: needs.window, catalog, scope, shared }),
      };
    },
    stop: ({ scope }) => scope[Symbol.asyncDispose](),
  });

  return { window, feed, states };
}

/** Which rooms have a place, of `engine.rooms.max`. */
export function roomPlacesOf({ house, cluster }: Ground, redis: RedisLink): RedisRoomPlaces {
  const { max } = house.config.engine.rooms;
  return new cluster.RedisRoomPlaces(redis, { max, lifeMs: cluster.PLACE_LIFE_MS });
}

export type SharedRooms = ReturnType<typeof roomsOf>;
