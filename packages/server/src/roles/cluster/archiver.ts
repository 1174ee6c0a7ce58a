import { archivePartition } from "@barrage/engine";
import type { OwnedPartition, PartitionWork } from "@barrage/cluster";
import { isCancelled, provider, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { startGroupWork } from "./group-work.ts";
import type { GroupWork } from "./group-work.ts";
import { ARCHIVER_GROUP, ROUTER_GROUP } from "./servers.ts";
import type { Ground, Servers, Started } from "./servers.ts";

type ArchiverNeeds = Started<Servers, "log" | "postgres">;

const HOUR_MS = 3_600_000;
/** Whoever archives this partition also looks after the archive itself: one process of them all. */
const CARETAKER = 0;

/** The archivers' part: history, room states, and the deletion of what is old. */
export function archiverOf(ground: () => Ground, { log, postgres }: Servers) {
  const archiver = provider({
    name: "archiver",
    needs: { log, postgres },
    start: (needs) => startArchiver(ground(), needs),
    stop: (work) => work.stop(),
    health: (work) => work.trouble,
  });
  return { archiver };
}

function startArchiver({ house }: Ground, { log, postgres }: ArchiverNeeds): GroupWork {
  const { catalog } = postgres;
  const { onEvent, scope } = house;
  const work: PartitionWork = (owned, ctx) => {
    const { index, committed } = owned;
    const commit: OwnedPartition["commit"] = (seq, own) => owned.commit(seq, own);
    return archivePartition({ partition: log.partition(index), committed, commit, catalog, onEvent }, ctx);
  };
  const group = startGroupWork(house, { role: "archiver", group: ARCHIVER_GROUP }, log, work);
  const owned = (): readonly number[] => group.figures.owned.map(({ partition }) => partition);
  const upkeep = scope.spawn((ctx) => keepRetention({ house, log, postgres, owned }, ctx), {
    name: "retention",
  });
  return {
    get trouble() {
      return group.trouble;
    },
    get figures() {
      return group.figures;
    },
    async stop() {
      upkeep.cancel();
      await group.stop();
      await upkeep.catch(() => undefined);
    },
  };
}

interface UpkeepParts extends ArchiverNeeds {
  readonly house: Ground["house"];
  /** Partitions that are archived here. */
  readonly owned: () => readonly number[];
}

/** Deletes what is old, until cancelled. One failure is logged and does not end it. */
async function keepRetention(parts: UpkeepParts, ctx: Context): Promise<void> {
  const { config, log: lines } = parts.house;
  using ticker = new Ticker(config.store.retention.everyMs, ctx);
  for await (const _ of ticker) {
    try {
      const gone = await retainOnce(parts, ctx);
      if (gone.records + gone.archived > 0) lines.info(gone, "old data was deleted");
    } catch (error) {
      if (isCancelled(error)) throw error;
      lines.error({ err: error }, "old data could not be deleted");
    }
  }
}

/** Of the log what routers and archivers have passed, of the archive what its own policy says, once. */
async function retainOnce(
  { house, log, postgres, owned }: UpkeepParts,
  ctx: Context,
): Promise<{ readonly records: number; readonly archived: number }> {
  const policy = house.config.store.retention;
  const now = ctx.clock.wall();
  const before = now - policy.logHours * HOUR_MS;
  const keysBefore = now - policy.keyHours * HOUR_MS;
  let records = 0;
  for (const index of owned()) {
    const partition = log.partition(index);
    const floor = Math.min(
      await partition.committed(ROUTER_GROUP, ctx),
      await partition.committed(ARCHIVER_GROUP, ctx),
    );
    const gone = await partition.retain({ before, keysBefore, maxBytes: policy.logMaxBytes }, floor, ctx);
    records += gone.records;
  }
  const archive = { before: now - policy.archiveHours * HOUR_MS, maxBytes: policy.archiveMaxBytes };
  const archived = owned().includes(CARETAKER) ? await postgres.archive.retain(archive, ctx) : 0;
  return { records, archived };
}
