import { rootContext, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { FakeClock, MemoryArchive, MemoryCatalog, MemoryLog, author, danmaku } from "@barrage/testkit";
import { PolicyTally, routePartition } from "@barrage/engine";
import type {
  Batch,
  EngineEvent,
  Feed,
  PartitionFigures,
  RoutePartitionOptions,
  RouterCounts,
} from "@barrage/engine";
import type { MemoryWindowBounds } from "../../src/memory/memory-window.ts";
import { SharedWindow } from "./shared-window.ts";

const BOUNDS: MemoryWindowBounds = {
  maxItems: 100,
  maxBytes: 1_000_000,
  maxAgeMs: 600_000,
  keptItems: 100,
  keptBytes: 100_000,
};
const SNAPSHOT_ITEMS = 10;

/** A router at work, or one that has ended. */
export interface Working {
  readonly figures: PartitionFigures;
  /** Resolves with what ended it. */
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** A partition with everything around its router, on a clock that the test moves. */
export class OnePartition {
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly log = new MemoryLog();
  readonly window: SharedWindow;
  readonly archive = new MemoryArchive();
  readonly catalog = new MemoryCatalog(this.archive);
  /** What was published. */
  readonly batches: Batch[] = [];
  readonly commits: number[] = [];
  readonly events: EngineEvent[] = [];
  readonly totals: RouterCounts;
  private readonly tally = new PolicyTally();
  private readonly bounds: MemoryWindowBounds;
  private ids = 0;

  constructor(bounds = BOUNDS) {
    this.bounds = bounds;
    this.window = new SharedWindow(bounds, this.clock);
    this.totals = { published: 0, muted: 0, policies: this.tally.total };
  }

  readonly feed: Feed = {
    publish: (batch) => {
      this.batches.push(batch);
      return Promise.resolve();
    },
    subscribe: () => {
      throw new Error("nobody listens here");
    },
  };

  /** Appends a danmaku of that user; gives its seq. */
  async say(room: string, content: string, uid = "u1"): Promise<number> {
    const entry = danmaku(`i${++this.ids}`, { content, author: author(uid), at: this.clock.wall() });
    const outcome = await this.log.append({ room, entry }, this.ctx);
    return outcome.status === "held" ? 0 : outcome.seq;
  }

  async event(room: string, event: (Item & { kind: "room-event" })["event"]): Promise<number> {
    const own = { id: `i${++this.ids}`, at: this.clock.wall(), author: author("mod") };
    const outcome = await this.log.append({ room, entry: { kind: "room-event", event, ...own } }, this.ctx);
    return outcome.status === "held" ? 0 : outcome.seq;
  }

  /** Takes back everything that the user has said in the room. */
  async clear(room: string, uid: string): Promise<number> {
    const entry = {
      kind: "recall",
      id: `i${++this.ids}`,
      at: this.clock.wall(),
      author: author("mod"),
    } as const;
    const outcome = await this.log.append({ room, entry: { ...entry, target: { uid } } }, this.ctx);
    return outcome.status === "held" ? 0 : outcome.seq;
  }

  make(room: string): Promise<number> {
    return this.event(room, { type: "created", title: room, owner: "mod" });
  }

  /** A router that takes the partition over from `committed`. */
  route(committed: number, changes: Partial<RoutePartitionOptions> = {}): Working {
    const scope = new Scope(this.ctx, { name: "router", onError: "report" });
    const { promise: ended, resolve } = Promise.withResolvers<unknown>();
    let figures: PartitionFigures | undefined;
    const options: RoutePartitionOptions = {
      partition: this.log,
      committed,
      commit: (seq) => {
        this.commits.push(seq);
        return Promise.resolve();
      },
      window: this.window,
      states: this.window,
      feed: this.feed,
      catalog: this.catalog,
      archive: this.archive,
      archiver: "archiver",
      settings: { window: { ...this.bounds, snapshotItems: SNAPSHOT_ITEMS } },
      tally: this.tally,
      totals: this.totals,
      windowMs: () => 10,
      onEvent: (event) => this.events.push(event),
      ...changes,
    };
    scope.spawn(async (own) => {
      await routePartition(options, own, (begun) => (figures = begun)).catch(resolve);
    });
    const stop = async (): Promise<unknown> => {
      await scope[Symbol.asyncDispose]();
      return ended;
    };
    return {
      get figures() {
        if (figures === undefined) throw new Error("it has not begun");
        return figures;
      },
      ended,
      stop,
    };
  }

  settle(ms = 50): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Seqs of what was published of a room, in order, repeats among them. */
  published(room: string): readonly number[] {
    return this.batches
      .filter((batch) => batch.room === room)
      .flatMap(({ items }) => items.map(({ seq }) => seq));
  }

  /** `seq-n` of what the window has. */
  async held(room: string): Promise<readonly string[]> {
    const { items } = await this.window.read(room, 0, Number.POSITIVE_INFINITY);
    return items.map(({ seq, n }) => `${seq}-${n}`);
  }
}
