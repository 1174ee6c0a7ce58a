import { randomUUID } from "node:crypto";
import {
  CatalogDirectory,
  CatalogProgress,
  localLimits,
  PatientAudit,
  PolicyTally,
  SharedEraser,
  startIngestHalf,
} from "@barrage/engine";
import type { IngestHalf, LimitStores, RoomDirectory } from "@barrage/engine";
import type { RedisPresence, SharedOrLocal, UniqueViewers } from "@barrage/cluster";
import { background, provider } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import { startWords } from "../upkeep.ts";
import { roomPlacesOf } from "./rooms.ts";
import type { SharedRooms } from "./rooms.ts";
import type { Ground, Servers, Started } from "./servers.ts";

/** What takes publishes and commands, and answers who asks for rooms and history, over the shared servers. */
export interface IngestWork {
  readonly half: IngestHalf;
  readonly directory: RoomDirectory;
  readonly unique: UniqueViewers;
  readonly tally: PolicyTally;
  /** Says whether limits are kept here because Redis is away. */
  readonly limits: SharedOrLocal;
  readonly audit: PatientAudit;
}

/** Time that notes of the audit log have to be written when the role ends, ms. */
const LAST_NOTES_MS = 1_000;

type IngestNeeds = Started<Servers, "redis" | "log" | "postgres"> &
  Started<SharedRooms, "window" | "states"> & { readonly presence: RedisPresence };

export function ingestOf(ground: () => Ground, servers: Servers, shared: SharedRooms) {
  const { redis, log, postgres } = servers;
  const { window, states } = shared;
  const presence = provider({
    name: "presence",
    needs: { redis },
    start(needs) {
      const { house, cluster } = ground();
      const { config, scope } = house;
      // A start later is a higher generation, as far as the machine's clock is not set back by more than it was down.
      const generation = Math.floor(scope.context.clock.wall());
      const gateway = { id: instanceIdOf(config.cluster), generation };
      return new cluster.RedisPresence(needs.redis, { ...cluster.PRESENCE_DEFAULTS, gateway });
    },
  });
  const ingest = provider({
    name: "ingest",
    needs: { redis, log, postgres, window, states, presence },
    start: (needs) => startIngest(ground(), needs),
    async stop({ half, audit }) {
      await half.stop();
      using limited = background.cancellable({ timeout: LAST_NOTES_MS, name: "audit" });
      const left = await audit.close(limited);
      if (left > 0)
        ground().house.log.error({ left }, "what was done is not in the audit log: PostgreSQL is away");
    },
  });
  return { presence, ingest };
}

export type IngestParts = ReturnType<typeof ingestOf>;

async function startIngest(ground: Ground, needs: IngestNeeds): Promise<IngestWork> {
  const { house, cluster } = ground;
  const { config, scope, onEvent, tracing } = house;
  const settings = engineSettingsOf(config);
  const { archive, catalog } = needs.postgres;
  const audit = new PatientAudit({
    inner: needs.postgres.audit,
    scope,
    onAway: (error) => house.log.warn({ err: error }, "the audit log is away: what is done is noted later"),
  });
  const { log, window, presence } = needs;
  const states = needs.states.rooms;
  const acknowledged = (room: string): number => log.acknowledged(room);
  const archived = new CatalogProgress({ catalog, states, acknowledged });
  const tally = new PolicyTally();
  const limits = sharedOrLocal(ground);
  const signals = new cluster.RedisSignals(needs.redis, cluster.SIGNAL_DEFAULTS);
  const rooms = { log, states, window, archive, archived, audit, tally, settings };
  const half = startIngestHalf({
    ...rooms,
    onEvent,
    tracing,
    limits: limitsOf(ground, needs, limits),
    places: new cluster.SharedRoomPlaces(roomPlacesOf(ground, needs.redis), settings.rooms.max, limits),
    eraser: new SharedEraser({ log, archive, window, catalog }),
    heartbeats: () => new cluster.RedisHeartbeats(signals),
    newId: randomUUID,
    ctx: scope.context,
  });
  await startWords(house, half);
  const viewersOf = (room: string, ctx: Context): Promise<number> => viewersIn(presence, room, ctx);
  const directory = new CatalogDirectory({ catalog, states, archive, archived, viewersOf });
  const unique = new cluster.UniqueViewers(presence, needs.states.scope);
  return { half, directory, unique, tally, limits, audit };
}

/** A list of rooms is worth having without their viewers. */
async function viewersIn(presence: RedisPresence, room: string, ctx: Context): Promise<number> {
  try {
    return await presence.viewersOf(room, ctx);
  } catch {
    ctx.throwIfCancelled();
    // Redis is away, which readiness says.
    return 0;
  }
}

function sharedOrLocal({ house, cluster }: Ground): SharedOrLocal {
  const { log } = house;
  return new cluster.SharedOrLocal((change) => {
    if (change.type === "shared") log.info("limits are shared again");
    else log.warn({ err: change.error }, "Redis is away: each process keeps limits by itself");
  });
}

function limitsOf({ house, cluster }: Ground, { redis }: IngestNeeds, guard: SharedOrLocal): LimitStores {
  const { limits } = engineSettingsOf(house.config);
  return cluster.fallbackLimits(cluster.redisLimits(redis, limits), localLimits(limits), guard);
}
