import { emptyRoom, noPolicyCounts, PolicyTally, routePartition } from "@barrage/engine";
import type { LogRecord, RecentWindow, RoutePartitionOptions } from "@barrage/engine";
import { isCancelled, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import type { ServerConfig } from "../../config/schema.ts";

/** Looked for, as a room is whose first record comes; whether there is one is all the same. */
const ROOM = "rehearsal";
/** Records in pages, as a log gives them; what the first of them meet cold, the last do not. */
const PAGES = 4;
const PAGE = 50;

const recordAt = (seq: number): LogRecord => ({
  seq,
  room: `${ROOM}-${seq % 3}`,
  live: true,
  entry: {
    kind: "danmaku",
    id: `${ROOM}-${seq}`,
    at: seq,
    author: { uid: ROOM, name: ROOM, role: "viewer" },
    content: "弹幕 that nobody sees",
    mode: "scroll",
    color: 0xffffff,
    size: 25,
  },
});

/** What the rehearsal asks of the cluster: only to read. */
export interface RecordsSource {
  readonly window: Pick<RecentWindow, "read"> & RoutePartitionOptions["states"];
}

/**
 * A partition that is taken over and routed until its records are published: through the code that a router's partitions
 * go through, with records that never were, which nobody is handed.
 *
 * Errors     those of the window.
 */
export async function rehearseRecords(
  config: ServerConfig,
  { window }: RecordsSource,
  ctx: Context,
): Promise<void> {
  using own = ctx.cancellable({ name: "rehearsal" });
  // A router asks again until it is answered; who rehearses does not.
  let failure: { readonly error: unknown } | undefined;
  const tally = new PolicyTally();
  const routing = routePartition(
    {
      partition: partitionOf(),
      committed: 0,
      commit(seq) {
        if (seq === PAGES * PAGE) own.cancel();
        return Promise.resolve();
      },
      ...storesOf(window),
      archiver: ROOM,
      settings: engineSettingsOf(config),
      tally,
      totals: { published: 0, muted: 0, policies: noPolicyCounts() },
      windowMs: () => 0,
      onEvent(event) {
        if (event.type !== "publish_failed") return;
        failure ??= { error: event.error };
        own.cancel();
      },
    },
    own,
  );
  try {
    await routing;
  } catch (error) {
    ctx.throwIfCancelled();
    if (failure !== undefined) throw failure.error;
    if (!isCancelled(error)) throw error;
  }
}

function partitionOf(): RoutePartitionOptions["partition"] {
  const nothing = () => Promise.resolve([]);
  return {
    async *follow(_, ctx) {
      for (let page = 0; page < PAGES; page += 1)
        yield Array.from({ length: PAGE }, (_, i) => recordAt(page * PAGE + i + 1));
      await unlessCancelled(Promise.withResolvers<never>().promise, ctx);
    },
    read: nothing,
    committed: () => Promise.resolve(0),
    commit: () => Promise.resolve(),
    retain: () => Promise.resolve({ records: 0, keys: 0, bytes: 0 }),
  };
}

/** The cluster's window as far as it is read; what would be written comes to nothing. */
function storesOf(
  window: RecordsSource["window"],
): Pick<RoutePartitionOptions, "window" | "states" | "feed" | "catalog" | "archive"> {
  return {
    window: {
      read: (room, after, limit, ctx) => window.read(room, after, limit, ctx),
      open: () => Promise.resolve(),
      append: () => Promise.resolve("written"),
      remove: () => Promise.resolve(),
    },
    states: {
      async find(room, ctx) {
        await window.find(room, ctx);
        return emptyRoom(room);
      },
    },
    feed: {
      publish: () => Promise.resolve(),
      subscribe: () => ({
        enter: () => Promise.resolve(),
        leave: () => undefined,
        [Symbol.dispose]: () => undefined,
      }),
    },
    catalog: { find: () => Promise.resolve(undefined) },
    archive: { latest: () => Promise.resolve([]), query: () => Promise.resolve({ items: [], more: false }) },
  };
}
