import { Scope, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { EngineEvent, RouterCounts } from "../../events.ts";
import type {
  Archive,
  Feed,
  LogPartition,
  RecentWindow,
  RoomCatalog,
  StoredStates,
} from "../../ports/index.ts";
import type { PolicyTally } from "../../room/policies/tally.ts";
import type { EngineSettings } from "../../settings.ts";
import type { Tracing } from "../../tracing/tracing.ts";
import { Judges } from "../judges.ts";
import { Publishing } from "../publishing.ts";
import { RepeatingFeed } from "../repeating-feed.ts";
import { commitPublished } from "./commits.ts";
import type { Commit } from "./commits.ts";
import { PartitionRooms } from "./partition-rooms.ts";
import { PartitionRouter } from "./partition-router.ts";
import type { HeldBy } from "./partition-router.ts";
import { Restoration } from "./restoration.ts";

export interface RoutePartitionOptions {
  readonly partition: LogPartition;
  /** seq that the group's router committed last; 0 for none. */
  readonly committed: number;
  /** Rejects when the partition is somebody else's by now: that ends the work. */
  readonly commit: Commit;
  /** Shared with gateways and other routers. */
  readonly window: RecentWindow;
  /** The room states beside that window. */
  readonly states: StoredStates;
  readonly feed: Feed;
  /** Which of the servers behind window and feed has a room; absent: there is one. */
  readonly nodeOf?: (room: string) => string;
  readonly catalog: Pick<RoomCatalog, "find">;
  /** Only read: what a window that lost everything is filled from. */
  readonly archive: Pick<Archive, "latest" | "query">;
  /** Group that archives the log: what it has committed is in catalogue and archive. */
  readonly archiver: string;
  readonly settings: Pick<EngineSettings, "window">;
  readonly tally: PolicyTally;
  /** Counts on, over all partitions of the process. */
  readonly totals: RouterCounts;
  /** A busy room's flush window now, ms. */
  readonly windowMs: (room: string) => number;
  readonly onEvent: (event: EngineEvent) => void;
  readonly tracing?: Tracing | undefined;
}

/** What can be seen of a partition's router while it works. */
export interface PartitionFigures {
  /** seq up to which records are folded, and up to which they are published. */
  readonly folded: number;
  readonly published: number;
  /** Records between the two. */
  readonly waiting: number;
  /** Why no more records are folded; undefined while they are. */
  readonly heldBy: HeldBy | undefined;
  /** Records per room since the last call. */
  takeCounts(): ReadonlyMap<string, number>;
}

/** How long a router that is told to end publishes what it has folded, ms: there is a second for that and the last commit. */
const LAST_PUBLISH_MS = 500;

/**
 * Publishes the rooms of one partition for as long as it is ours; told to end, it folds no more, publishes what it has
 * folded and commits that.
 *
 * Shape      its own tasks, which all have ended when it returns; nothing of it is left in feed or heartbeat.
 * Errors     the cancel error of `ctx`, or what `commit` rejected with. Stores that fail are asked again without end.
 */
export async function routePartition(
  options: RoutePartitionOptions,
  ctx: Context,
  onStart: (figures: PartitionFigures) => void = () => undefined,
): Promise<void> {
  // Its own end: to be told to end does not stop what is being published.
  await using scope = new Scope(ctx.detached(), { name: "partition router" });
  const { router, publishing, feed } = wire(options, scope);
  const { committed } = options;
  let refusal: { readonly error: unknown } | undefined;
  const commit: Commit = async (seq, own) => {
    try {
      await options.commit(seq, own);
    } catch (error) {
      if (!own.cancelled) refusal ??= { error };
      throw error;
    }
  };
  const reading = [
    scope.spawn((own) => feed.run(own), { name: "room heads" }),
    scope.spawn((own) => router.sweep(own), { name: "idle rooms" }),
    scope.spawn((own) => router.follow(own), { name: "router follow" }),
  ];
  scope.spawn((own) => publishing.flush(own), { name: "router flush" });
  scope.spawn((own) => commitPublished(publishing.published, committed, commit, own), { name: "commits" });
  const told = Promise.withResolvers<void>();
  using _ = ctx.onCancel(() => told.resolve());
  const end = async (own: Context): Promise<void> => {
    await unlessCancelled(told.promise, own);
    for (const task of reading) task.cancel();
    await publishRest(publishing, own);
    scope.cancel();
  };
  scope.spawn(end, { name: "partition's end" });
  onStart(figuresOf(publishing, router));
  try {
    await scope.join();
  } catch (error) {
    // Of several failures this is the one that says whose the partition is.
    throw refusal === undefined ? error : refusal.error;
  }
  ctx.throwIfCancelled();
}

async function publishRest(publishing: Publishing, ctx: Context): Promise<void> {
  using limited = ctx.cancellable({ name: "last publish", timeout: LAST_PUBLISH_MS });
  try {
    await publishing.drain(limited);
  } catch {
    ctx.throwIfCancelled();
    // What is left the next owner publishes.
  }
}

function wire(options: RoutePartitionOptions, scope: Scope) {
  const { partition, window, states, catalog, archive, archiver, settings, onEvent, committed } = options;
  const { tally, totals, windowMs, tracing } = options;
  const stores = { partition, window, states, catalog, archive, archiver };
  const restoration = new Restoration({ ...stores, bounds: settings.window, onEvent });
  const mend = async (room: string, seq: number, own: Context): Promise<void> => {
    const { head } = await window.read(room, Number.MAX_SAFE_INTEGER, 0, own);
    if (head.seq < seq) await restoration.fill(room, seq, undefined, own);
  };
  const onFailure = (room: string, error: unknown): void => onEvent({ type: "publish_failed", room, error });
  const idleMs = settings.window.maxAgeMs;
  const nodeOf = options.nodeOf ?? (() => "");
  const repeating = { mend, onFailure, nodeOf };
  const feed = new RepeatingFeed(options.feed, scope.context.clock, idleMs, repeating);
  const publishing = new Publishing({
    window,
    feed,
    judges: new Judges(window, tally),
    totals,
    onEvent,
    windowMs,
    tracing,
    refill: async ({ room, prev }, state, own) => {
      await restoration.fill(room, prev, { state, asOf: prev, isStored: false }, own);
    },
    startSeq: committed,
    scope,
    writesStates: true,
    onPublished: () => router.published(),
  });
  const rooms = new PartitionRooms();
  const own = { rooms, restoration, publishing, feed };
  const router = new PartitionRouter({ partition, committed, window, totals, onEvent, idleMs, ...own });
  return { router, publishing, feed };
}

const figuresOf = (publishing: Publishing, router: PartitionRouter): PartitionFigures => ({
  get folded() {
    return publishing.folded.seq;
  },
  get published() {
    return publishing.published.seq;
  },
  get waiting() {
    return publishing.waiting;
  },
  get heldBy() {
    return router.heldBy;
  },
  takeCounts: () => publishing.takeCounts(),
});
