import { rootContext, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Entry } from "@barrage/protocol";
import { FakeClock, MemoryArchive, MemoryCatalog, MemoryLog, seededRandom } from "@barrage/testkit";
import {
  archivePartition,
  emptyRoom,
  imbalance,
  PolicyTally,
  routePartition,
  startGatewayHalf,
} from "@barrage/engine";
import type {
  Batch,
  EngineSettings,
  Feed,
  Ledger,
  LocalGateway,
  Publisher,
  RouterCounts,
} from "@barrage/engine";
import { Chain } from "../resume/chain.ts";
import { CheckedViewer } from "../resume/checked-viewer.ts";
import { connectSomewhere } from "../resume/connect-somewhere.ts";
import type { PlacedSocket } from "../resume/connect-somewhere.ts";
import { FaultyFeed } from "../resume/faulty-feed.ts";
import { settings as standard } from "../support/live-engine.ts";
import { FencedError, ProcessLife } from "./process-life.ts";
import { SharedWindow } from "./shared-window.ts";

const WINDOW_MS = 10;
const UNLIMITED = { perSecond: 1_000_000, burst: 1_000_000 };

/** Small, so that windows overflow often; what is to be kept has room. */
const settings: EngineSettings = {
  ...standard,
  window: {
    maxItems: 80,
    maxBytes: 1_000_000,
    maxAgeMs: 60_000,
    keptItems: 5_000,
    keptBytes: 10_000_000,
    snapshotItems: 10,
  },
  outbound: { ...standard.outbound, limitBytes: 2_000_000, highBytes: 1_000_000, lowBytes: 500_000 },
  limits: { user: UNLIMITED, room: UNLIMITED, address: UNLIMITED, join: UNLIMITED },
  idleMs: Number.MAX_SAFE_INTEGER,
};

const GATEWAYS = 2;
const ARCHIVER = "archiver";
/** How often who waits for the window looks, ms. */
const LOOK_MS = 20;

export interface PartitionWorldOptions {
  readonly seed: number;
  readonly rooms: number;
  readonly viewers: number;
}

/** Gateways with their viewers, a partition of the log, and the processes that own it one after the other. */
export class PartitionWorld {
  readonly random: () => number;
  readonly clock: FakeClock;
  readonly ctx: Context;
  readonly log = new MemoryLog();
  readonly window: SharedWindow;
  readonly feed: FaultyFeed;
  readonly archive = new MemoryArchive();
  readonly catalog = new MemoryCatalog(this.archive);
  readonly rooms: readonly string[];
  readonly viewers: readonly CheckedViewer[];
  readonly violations: string[] = [];
  readonly totals: RouterCounts;
  committed = 0;
  takeovers = 0;
  router: ProcessLife;
  archiver: ProcessLife | undefined;
  private readonly tally = new PolicyTally();
  private readonly gateways: readonly LocalGateway[];
  private readonly chains = new Map<string, Chain>();
  /** The last record of each room that was given to the feed, whatever became of it. */
  private readonly published = new Map<string, number>();
  private readonly sockets: PlacedSocket[] = [];
  private readonly zombies: ProcessLife[] = [];
  private owner = 0;
  private learned = 0;
  private ids = 0;

  constructor({ seed, rooms, viewers }: PartitionWorldOptions) {
    this.random = seededRandom(seed);
    this.clock = new FakeClock({ seed });
    this.ctx = rootContext({ clock: this.clock, name: "partition" });
    this.window = new SharedWindow(settings.window, this.clock);
    this.feed = new FaultyFeed(this.clock, this.random);
    this.totals = { published: 0, muted: 0, policies: this.tally.total };
    this.rooms = Array.from({ length: rooms }, (_, i) => `r${i}`);
    for (const room of this.rooms) this.chains.set(room, new Chain());
    this.router = this.takenOver();
    this.archiver = this.archiving();
    this.gateways = Array.from({ length: GATEWAYS }, () => this.gateway());
    this.viewers = Array.from({ length: viewers }, (_, i) => this.viewer(i));
  }

  // ---- who has the partition -----------------------------------------------------------------------------------

  /** The partition is given to a new process. Whoever had it cannot commit any more, and may not know that. */
  takeOver(): void {
    this.takeovers += 1;
    this.zombies.push(this.router);
    this.router = this.takenOver();
  }

  private takenOver(): ProcessLife {
    const own = ++this.owner;
    const { committed } = this;
    const { archive, catalog, tally, totals, log } = this;
    const commit = async (seq: number): Promise<void> => {
      if (own !== this.owner) throw new FencedError("the partition has another owner");
      await this.checkCommit(seq);
      this.committed = seq;
    };
    const work = (ctx: Context, mortal: ProcessLife["mortal"]): Promise<void> => {
      const window = mortal.port(this.window);
      const options = {
        partition: log,
        committed,
        commit: (seq: number) => mortal.call(() => commit(seq)),
        window,
        states: window,
        feed: mortal.port(this.watchedFeed()),
        catalog: mortal.port(catalog),
        archive,
        archiver: ARCHIVER,
        settings,
        tally,
        totals,
        windowMs: () => WINDOW_MS,
        onEvent: () => undefined,
      };
      return routePartition(options, ctx);
    };
    return new ProcessLife(this.ctx, work, (error) => this.blame(`a router failed: ${String(error)}`));
  }

  private watchedFeed(): Feed {
    return {
      publish: (batch: Batch) => {
        if ("state" in batch) this.blame("a room's state was on the feed");
        this.published.set(batch.room, Math.max(this.published.get(batch.room) ?? 0, batch.seq));
        return this.feed.publish(batch);
      },
      subscribe: (handler) => this.feed.subscribe(handler),
    };
  }

  /** What is committed is behind us for good: it must have been published. */
  private async checkCommit(seq: number): Promise<void> {
    await this.learn();
    for (const room of this.rooms) {
      const last = this.chainOf(room).between(0, seq).at(-1)?.seq ?? 0;
      const published = this.published.get(room) ?? 0;
      if (published < last)
        this.blame(`${seq} is committed, ${room} is published up to ${published} of ${last}`);
    }
  }

  /** Those that have learned that they are none any more go; at the end, all. */
  async buryZombies(all: boolean): Promise<void> {
    for (const [i, zombie] of [...this.zombies.entries()].toReversed()) {
      if (!all && !zombie.isOver) continue;
      this.zombies.splice(i, 1);
      await zombie.kill();
    }
  }

  wakeZombies(): void {
    for (const { mortal } of this.zombies) mortal.goOn();
  }

  // ---- the archiver --------------------------------------------------------------------------------------------

  async archives(isOn: boolean): Promise<void> {
    if (!isOn) {
      const { archiver } = this;
      this.archiver = undefined;
      if (archiver === undefined) return;
      if (this.random() < 0.5) await archiver.kill();
      else await archiver.stop();
    } else this.archiver ??= this.archiving();
  }

  private archiving(): ProcessLife {
    const work = async (ctx: Context, mortal: ProcessLife["mortal"]): Promise<void> => {
      const committed = await this.log.committed(ARCHIVER, ctx);
      const commit = (seq: number) => mortal.call(() => this.log.commit(ARCHIVER, seq, this.ctx));
      const catalog = mortal.port(this.catalog);
      await archivePartition(
        { partition: this.log, committed, commit, catalog, onEvent: () => undefined },
        ctx,
      );
    };
    return new ProcessLife(this.ctx, work, (error) => this.blame(`an archiver failed: ${String(error)}`));
  }

  // ---- gateways and viewers ------------------------------------------------------------------------------------

  private gateway(): LocalGateway {
    return startGatewayHalf({
      source: {
        publisher: nobody,
        window: this.window,
        feed: this.feed,
        published: { wait: (room, seq, ctx) => this.untilPublished(room, seq, ctx) },
        requireRoom: async (room) => {
          await this.learn();
          const state = (await this.window.find(room)) ?? emptyRoom(room);
          const { seq, n } = this.chainOf(room).spots.at(-1) ?? { seq: 0, n: 0 };
          return { ...state, head: { seq, n } };
        },
        windowMs: () => WINDOW_MS,
        viewersElsewhere: () => 0,
      },
      settings,
      ctx: this.ctx,
      onEvent: () => undefined,
      random: this.random,
    });
  }

  private async untilPublished(room: string, seq: number, ctx: Context): Promise<void> {
    while ((await this.window.read(room, seq, 0)).head.seq < seq) await sleep(LOOK_MS, ctx);
  }

  private viewer(i: number): CheckedViewer {
    const room = this.rooms[i % this.rooms.length] ?? "";
    return new CheckedViewer(`viewer ${i}`, room, {
      chain: this.chainOf(room),
      now: () => this.clock.wall(),
      horizonMs: settings.window.maxAgeMs,
      violation: (what) => this.blame(what),
    });
  }

  connect(viewer: CheckedViewer): void {
    this.sockets.push(connectSomewhere(viewer, this.gateways, this.random));
  }

  chainOf(room: string): Chain {
    const chain = this.chains.get(room);
    if (chain === undefined) throw new Error(`no room ${room}`);
    return chain;
  }

  // ---- time and the log ----------------------------------------------------------------------------------------

  write(room: string, entry: Fields): void {
    const own = { ...entry, id: `i${++this.ids}`, at: this.clock.wall() } as Entry;
    void this.log.append({ room, entry: own }, this.ctx);
  }

  /** Lets `ms` pass, then reads the log and lets the viewers read what has come. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.learn();
    for (const viewer of this.viewers) viewer.read();
  }

  private async learn(): Promise<void> {
    for (const record of await this.log.read(this.learned, Number.POSITIVE_INFINITY, this.ctx)) {
      if (record.seq <= this.learned) continue;
      this.learned = record.seq;
      this.chainOf(record.room).take(record);
    }
  }

  /** Who is connected stands where the log does, unless the feed lost what would have brought it there. */
  checkCaughtUp(when: string): void {
    for (const viewer of this.viewers) {
      const { socket, room, last } = viewer;
      if (socket === undefined || socket.isEnded || last === undefined || this.feed.isBehind(room)) continue;
      viewer.mustBeAtHead(when);
    }
  }

  /** The catalogue has each room as the log says; the archive everything that has a place, once. */
  async checkArchive(): Promise<void> {
    for (const room of this.rooms) {
      const { spots, head } = this.chainOf(room);
      const found = await this.catalog.find(room);
      if ((found?.state.head.seq ?? 0) !== head) this.blame(`the catalogue has ${room} at ${found?.seq}`);
      const stored = await this.window.find(room);
      if (stored !== undefined && JSON.stringify(plain(stored)) !== JSON.stringify(plain(found?.state)))
        this.blame(`window and catalogue differ over ${room}`);
      const { items } = await this.archive.query({ room, after: 0, limit: spots.length + 1 });
      const shown = spots.filter(({ isRecalled }) => !isRecalled);
      if (items.map(({ seq, n }) => `${seq}-${n}`).join() !== shown.map(({ seq, n }) => `${seq}-${n}`).join())
        this.blame(`the archive of ${room} is not what the log has`);
    }
  }

  // ---- the end -------------------------------------------------------------------------------------------------

  async end(): Promise<void> {
    for (const gateway of this.gateways) await gateway.stop();
    await this.router.stop();
    await this.archives(false);
    await this.buryZombies(true);
    for (const { socket } of this.sockets) socket.break();
    for (const [i, gateway] of this.gateways.entries()) {
      const own = this.sockets.filter(({ gateway: at }) => at === i);
      this.checkLedger(
        gateway.ledger(),
        own.reduce((sum, { socket }) => sum + socket.records, 0),
      );
    }
  }

  private checkLedger(ledger: Ledger, received: number): void {
    const text = JSON.stringify(ledger);
    if (imbalance(ledger) !== 0 || ledger.inFlight !== 0) this.blame(`the ledger does not balance: ${text}`);
    if (received < ledger.delivered || received > ledger.delivered + ledger.lostAtClose)
      this.blame(`${received} came, of ${text}`);
  }

  private blame(what: string): void {
    this.violations.push(`${what} (${Math.round(this.clock.now())} ms)`);
  }
}

type Distributed<T> = T extends unknown ? Omit<T, "id" | "at"> : never;
/** An entry without what the world gives it. */
export type Fields = Distributed<Entry>;

const plain = (state: ReturnType<typeof emptyRoom> | undefined): unknown =>
  state && { ...state, mutes: [...state.mutes], bans: [...state.bans] };

/** Gateways publish nothing here. */
const refuse = (): Promise<never> => Promise.reject(new Error("nobody publishes over a gateway"));
const nobody: Publisher = {
  danmaku: refuse,
  like: refuse,
  superchat: refuse,
  gift: refuse,
  enter: refuse,
  import: refuse,
};
