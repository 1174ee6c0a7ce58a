import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { EngineEvent } from "../../events.ts";
import type { CatalogWriter, LogPartition, LogRecord, RoomCatalog } from "../../ports/index.ts";
import { ArchivedRooms } from "./archived-rooms.ts";
import type { Commit } from "./commits.ts";

export interface ArchivePartitionOptions {
  readonly partition: Pick<LogPartition, "follow">;
  /** seq that the group's archiver committed last; 0 for none. */
  readonly committed: number;
  /** Rejects when the partition is somebody else's by now: that ends the work. */
  readonly commit: Commit;
  readonly catalog: Pick<RoomCatalog, "find"> & CatalogWriter;
  readonly onEvent: (event: EngineEvent) => void;
}

/** Rooms that are kept in memory between two records. */
const ROOMS_MAX = 10_000;
/** Records of one transaction: large enough that one fsync is cheap for each, small enough that readers are not held up. */
const RECORDS_PER_WRITE = 2_000;
/** Pause after a write that was not full, ms: so that many records share the next one. */
const GATHER_MS = 100;
/** Pause after a failure; a database that is away is not helped by trying faster. */
const RETRY_MS = 1_000;
/** Rooms that are asked for at once. */
const LOADS_AT_ONCE = 16;

/**
 * Writes one partition's records and the rooms that they make to archive and catalogue, for as long as it is ours.
 *
 * Shape      reads, folds, writes, commits, one after the other: what is not written yet waits in the log.
 * Bounds     what the log gives at once, and 10,000 rooms.
 * Errors     the cancel error of `ctx`, or what `commit` rejected with. A store that fails is asked again without end.
 */
export async function archivePartition(options: ArchivePartitionOptions, ctx: Context): Promise<void> {
  const { partition, committed, commit } = options;
  const rooms = new ArchivedRooms(ROOMS_MAX);
  for await (const records of partition.follow(committed, ctx)) {
    for (let i = 0; i < records.length; i += RECORDS_PER_WRITE) {
      const some = records.slice(i, i + RECORDS_PER_WRITE);
      const last = some.at(-1);
      if (last === undefined) continue;
      await archive(options, rooms, some, ctx);
      await commit(last.seq, ctx);
      if (some.length < RECORDS_PER_WRITE) await sleep(GATHER_MS, ctx);
    }
  }
}

async function archive(
  { catalog, onEvent }: ArchivePartitionOptions,
  rooms: ArchivedRooms,
  records: readonly LogRecord[],
  ctx: Context,
): Promise<void> {
  const unknown = [...new Set(records.map(({ room }) => room))].filter((room) => !rooms.has(room));
  for (let i = 0; i < unknown.length; i += LOADS_AT_ONCE) {
    const load = async (room: string): Promise<void> => {
      const found = await untilDone(() => catalog.find(room, ctx), onEvent, ctx);
      rooms.put(room, found);
    };
    await Promise.all(unknown.slice(i, i + LOADS_AT_ONCE).map(load));
  }
  const write = rooms.fold(records);
  rooms.trim();
  if (write.rooms.length > 0) await untilDone(() => catalog.writeAll(write, ctx), onEvent, ctx);
}

async function untilDone<T>(
  attempt: () => Promise<T>,
  onEvent: ArchivePartitionOptions["onEvent"],
  ctx: Context,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      ctx.throwIfCancelled();
      if (isCancelled(error)) throw error;
      onEvent({ type: "archive_failed", error });
      await sleep(RETRY_MS, ctx);
    }
  }
}
