import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock, MemoryArchive, MemoryLog, MemoryRoomStore, seededRandom } from "@barrage/testkit";
import { MemoryWindow, imbalance, startGatewayHalf } from "@barrage/engine";
import type { EngineSettings, Ledger, LocalGateway, RecentWindow } from "@barrage/engine";
import { LazyWindow } from "../../src/router/lazy-window.ts";
import { caller, settings as standard } from "../support/live-engine.ts";
import { Chain } from "./chain.ts";
import { CheckedViewer } from "./checked-viewer.ts";
import { connectSomewhere } from "./connect-somewhere.ts";
import type { PlacedSocket } from "./connect-somewhere.ts";
import { FaultyFeed } from "./faulty-feed.ts";
import { FragileWindow } from "./fragile-window.ts";
import { Life } from "./life.ts";
import type { Ground } from "./life.ts";

/** Small, so that every limit is met often. */
const settings: EngineSettings = {
  ...standard,
  flush: { minMs: 10, maxMs: 10, cpuShare: 0.6 },
  window: {
    maxItems: 60,
    maxBytes: 1_000_000,
    maxAgeMs: 60_000,
    keptItems: 20,
    keptBytes: 30_000,
    snapshotItems: 10,
  },
  outbound: {
    highBytes: 12_000,
    lowBytes: 4_000,
    limitBytes: 60_000,
    graceMs: 3_000,
    processBytes: 10_000_000,
  },
  limits: {
    user: { perSecond: 1_000_000, burst: 1_000_000 },
    room: { perSecond: 1_000_000, burst: 1_000_000 },
    address: { perSecond: 1_000_000, burst: 1_000_000 },
    join: { perSecond: 1_000_000, burst: 1_000_000 },
  },
  idleMs: Number.MAX_SAFE_INTEGER,
  checkpointEveryMs: 60,
};

const GATEWAYS = 2;

export interface WorldOptions {
  readonly seed: number;
  readonly rooms: number;
  readonly viewers: number;
  /** `shared`: the window outlives the router. `own`: it is in the router's memory, filled again from the archive. */
  readonly window: "shared" | "own";
}

/** Gateways with their viewers, and behind them one life of the router after the other. */
export class World {
  readonly random: () => number;
  readonly clock: FakeClock;
  readonly ctx: Context;
  readonly feed: FaultyFeed;
  readonly rooms: readonly string[];
  readonly viewers: readonly CheckedViewer[];
  readonly violations: string[] = [];
  readonly log = new MemoryLog();
  readonly shared: FragileWindow | undefined;
  kills = 0;
  life: Life;
  private readonly gateways: readonly LocalGateway[];
  private readonly chains = new Map<string, Chain>();
  private readonly sockets: PlacedSocket[] = [];
  private readonly received: number[];
  private readonly ground: Ground;
  private ready = Promise.withResolvers<Life>();
  private learned = 0;
  private ids = 0;

  private constructor(options: WorldOptions) {
    const { seed, rooms, viewers } = options;
    this.random = seededRandom(seed);
    this.clock = new FakeClock({ seed });
    this.ctx = rootContext({ clock: this.clock, name: "resume" });
    this.feed = new FaultyFeed(this.clock, this.random);
    // Nobody completes a shared one from the archive, so it has room for all that is to be kept, also when it is filled again.
    const roomy = { ...settings.window, keptItems: 5_000, keptBytes: 10_000_000 };
    const isShared = options.window === "shared";
    if (isShared) this.shared = new FragileWindow(roomy, this.clock, this.random);
    this.rooms = Array.from({ length: rooms }, (_, i) => `r${i}`);
    for (const room of this.rooms) this.chains.set(room, new Chain());
    this.ground = {
      ctx: this.ctx,
      log: this.log,
      store: new MemoryRoomStore(),
      archive: new MemoryArchive(),
      feed: this.feed,
      settings: isShared ? { ...settings, window: roomy } : settings,
      newId: () => `i${++this.ids}`,
    };
    this.life = this.born({ seq: 0, rooms: [] });
    this.gateways = Array.from({ length: GATEWAYS }, () => this.gateway());
    this.received = this.gateways.map(() => 0);
    this.viewers = Array.from({ length: viewers }, (_, i) => this.viewer(i));
  }

  static async begin(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await world.wake();
    return world;
  }

  private viewer(i: number): CheckedViewer {
    const room = this.rooms[i % this.rooms.length] ?? "";
    return new CheckedViewer(`viewer ${i}`, room, {
      chain: this.chainOf(room),
      now: () => this.clock.wall(),
      horizonMs: settings.window.maxAgeMs,
      violation: (what) => this.violations.push(`${what} (${Math.round(this.clock.now())} ms)`),
    });
  }

  chainOf(room: string): Chain {
    const chain = this.chains.get(room);
    if (chain === undefined) throw new Error(`no room ${room}`);
    return chain;
  }

  // ---- the router and its lives --------------------------------------------------------------------------------

  private born(checkpoint: ConstructorParameters<typeof Life>[1]): Life {
    const { shared } = this;
    return new Life(this.ground, checkpoint, (life) =>
      shared === undefined ? ownWindow(life, this.clock) : life.mortal(shared),
    );
  }

  private async wake(): Promise<void> {
    const { life } = this;
    const started = life.start(this.ground);
    await this.clock.advance(0);
    await started;
    this.ready.resolve(life);
  }

  /** The life that answers; waits for the next one while there is none. */
  async living(): Promise<Life> {
    return this.ready.promise;
  }

  /** Ends a killed life; the gateways keep their sockets. */
  async bury(): Promise<void> {
    this.kills += 1;
    this.ready = Promise.withResolvers();
    await this.life.bury();
  }

  async revive(): Promise<void> {
    this.life = this.born(await this.ground.store.load(this.ctx));
    await this.wake();
  }

  // ---- gateways and viewers --------------------------------------------------------------------------------------

  private gateway(): LocalGateway {
    const requireRoom = async (room: string, seq: number, ctx: Context) => {
      const life = await this.living();
      return Promise.race([life.writer.requireAt(room, seq, ctx), life.died.promise]);
    };
    return startGatewayHalf({
      source: {
        publisher: this.life.ingest,
        window: { read: (...args) => this.readWindow(...args) },
        feed: this.feed,
        published: { wait: (_room, seq, ctx) => this.untilPublished(seq, ctx) },
        requireRoom,
        windowMs: () => settings.flush.minMs,
        viewersElsewhere: () => 0,
      },
      settings,
      ctx: this.ctx,
      onEvent: () => undefined,
      random: this.random,
    });
  }

  private readonly readWindow: RecentWindow["read"] = async (...args) => {
    const life = await this.living();
    if (this.shared !== undefined) return this.shared.readAfar(...args);
    return Promise.race([life.window.read(...args), life.died.promise]);
  };

  private async untilPublished(seq: number, ctx: Context): Promise<void> {
    const life = await this.living();
    await Promise.race([life.router.published.wait(seq, ctx), life.died.promise]);
  }

  connect(viewer: CheckedViewer): void {
    this.sockets.push(connectSomewhere(viewer, this.gateways, this.random));
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** Lets `ms` pass, then reads the log and lets the viewers read what has come. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.learn();
    for (const viewer of this.viewers) viewer.read();
  }

  private async learn(): Promise<void> {
    for (const record of await this.log.read(this.learned, Number.POSITIVE_INFINITY, this.ctx)) {
      this.learned = record.seq;
      this.chainOf(record.room).take(record);
    }
  }

  /** Who stands where the log does, unless something is on its way to it, or a window lost what only the next record fills again. */
  checkCaughtUp(when: string): void {
    for (const viewer of this.viewers) {
      const { socket, room } = viewer;
      if (socket === undefined || socket.isEnded || socket.bufferedBytes > 0) continue;
      if (viewer.last === undefined || this.feed.isBehind(room)) continue;
      if (this.shared?.lacks(room) === true) continue;
      viewer.mustBeAtHead(when);
    }
  }

  /** Records that one of five people says in a room. */
  say(room: string, count: number, text: string): void {
    const { ingest, scope } = this.life;
    const all = Array.from({ length: count }, (_, i) => {
      const uid = `u${Math.floor(this.random() * 5)}`;
      const dice = this.random();
      const ctx = scope.context;
      const service = caller("pay", "service");
      const author = { uid, name: uid };
      if (dice < 0.02) {
        const money = { amount_micros: 1_000_000, currency: "CNY" };
        return ingest.superchat(
          service,
          room,
          { content: `${text} ${i}`, ...money, pin_ms: 1_000, author },
          ctx,
        );
      }
      if (dice < 0.05) return ingest.like(caller(uid), room, { count: 1 }, ctx);
      const who = dice < 0.07 ? caller("host", "host") : caller(uid);
      return ingest.danmaku(
        who,
        room,
        { content: `${text} ${i}`, mode: "scroll", color: 0xffffff, size: 25 },
        ctx,
      );
    });
    void Promise.allSettled(all);
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  /** Ends it, and compares the gateways' ledgers with what the sockets counted. */
  async end(): Promise<void> {
    for (const gateway of this.gateways) await gateway.stop();
    for (const { gateway, socket } of this.sockets) {
      socket.break();
      this.received[gateway] = (this.received[gateway] ?? 0) + socket.records;
    }
    await this.life.bury();
    for (const [i, gateway] of this.gateways.entries())
      this.checkLedger(gateway.ledger(), this.received[i] ?? 0);
  }

  /** What a socket took of what it held when it was cut nobody told the gateway: there `lostAtClose` is an upper bound. */
  private checkLedger(ledger: Ledger, received: number): void {
    const text = JSON.stringify(ledger);
    if (imbalance(ledger) !== 0 || ledger.inFlight !== 0)
      this.violations.push(`the ledger does not balance: ${text}`);
    if (received < ledger.delivered || received > ledger.delivered + ledger.lostAtClose)
      this.violations.push(`${received} came, of ${text}`);
  }

  get shown(): number {
    return this.viewers.reduce((sum, { shown }) => sum + shown, 0);
  }
}

/** As the engine wires it: in memory, filled from the archive when a room is first touched. */
function ownWindow(life: Life, clock: FakeClock): RecentWindow {
  const { recovery, scope, router } = life;
  const headOf = (room: string) => router.publishedHead(room);
  return new LazyWindow({
    inner: life.mortal(new MemoryWindow(settings.window, clock)),
    recovery,
    headOf,
    scope,
  });
}
