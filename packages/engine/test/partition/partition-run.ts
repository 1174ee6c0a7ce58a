import type { Author, Role } from "@barrage/protocol";
import { NO_FAULTS, someFaults } from "../resume/faulty-feed.ts";
import type { CheckedViewer } from "../resume/checked-viewer.ts";
import { Chance } from "../support/chance.ts";
import type { Happening } from "../support/chance.ts";
import { PartitionWorld } from "./partition-world.ts";
import type { PartitionWorldOptions } from "./partition-world.ts";

export interface PartitionRunOptions extends PartitionWorldOptions {
  readonly steps: number;
  /** Records that are said at once, at most. */
  readonly burst: number;
}

export interface PartitionOutcome {
  /** Breaks of a promise, the first ones; none is expected. */
  readonly violations: readonly string[];
  readonly published: number;
  readonly shown: number;
  readonly takeovers: number;
}

/** Small, so that many seeds are tried. */
export const SMALL: Omit<PartitionRunOptions, "seed"> = { rooms: 2, viewers: 4, steps: 90, burst: 20 };

const VIOLATIONS_MAX = 5;
/** Longer than between two looks at a quiet room's window, ms. */
const MENDED_MS = 6_000;

const HAPPENINGS: readonly Happening<Run>[] = [
  [30, (run) => run.talk()],
  [8, (run) => run.connect()],
  [4, (run) => run.disconnect()],
  [5, (run) => run.silence()],
  [3, (run) => run.recall()],
  [3, (run) => run.title()],
  [4, (run) => run.feedFaults()],
  [4, (run) => run.world.window.rewind(run.room(), 1 + run.below(5))],
  [1, (run) => run.wipe()],
  [2, (run) => void (run.world.window.failures += run.below(3))],
  [4, (run) => run.kill()],
  [2, (run) => run.standStill()],
  [2, (run) => run.world.wakeZombies()],
  [2, (run) => run.handOver()],
  [2, (run) => run.world.archives(run.world.random() < 0.5)],
  [2, (run) => void (run.world.catalog.isBroken = run.world.random() < 0.3)],
  [0.5, (run) => run.world.pass(2_500)],
];

const author = (uid: string, role: Role = "viewer"): Author => ({ uid, name: uid, role });

/** A seeded sequence of mishaps, and what the viewers made of it. */
class Run {
  readonly world: PartitionWorld;
  private readonly options: PartitionRunOptions;
  private readonly chance: Chance;
  private texts = 0;

  constructor(options: PartitionRunOptions) {
    this.world = new PartitionWorld(options);
    this.chance = new Chance(this.world.random);
    this.options = options;
  }

  below(limit: number): number {
    return this.chance.below(limit);
  }

  room(): string {
    return this.chance.one(this.world.rooms);
  }

  begin(): void {
    for (const room of this.world.rooms)
      this.world.write(room, {
        kind: "room-event",
        author: author("maker", "service"),
        event: { type: "created", title: room, owner: "host" },
      });
  }

  async step(): Promise<void> {
    await this.chance.next(HAPPENINGS, this);
    await this.world.pass(this.below(40));
    await this.world.buryZombies(false);
    if (this.world.router.mortal.isDead) await this.afterTheKill();
  }

  // ---- what is said --------------------------------------------------------------------------------------------

  talk(room = this.room()): void {
    for (let i = 1 + this.below(this.options.burst); i > 0; i--) {
      const content = `t${++this.texts}`;
      const speaker = this.world.random() < 0.1 ? author("host", "host") : author(`u${this.below(4)}`);
      if (this.world.random() < 0.03) {
        const money = { amount_micros: 1_000_000, currency: "CNY", pin_ms: 1_000 };
        this.world.write(room, { kind: "superchat", author: author("pay", "service"), content, ...money });
      } else {
        const looks = { mode: "scroll", color: 0xffffff, size: 25 } as const;
        this.world.write(room, { kind: "danmaku", author: speaker, content, ...looks });
      }
    }
  }

  silence(): void {
    const uid = `u${this.below(4)}`;
    const until = this.world.random() < 0.5 ? this.world.clock.wall() + this.below(300) : null;
    const event =
      this.world.random() < 0.6
        ? ({ type: "mute", uid, until } as const)
        : ({ type: "unmute", uid } as const);
    this.world.write(this.room(), { kind: "room-event", author: author("mod", "moderator"), event });
  }

  recall(): void {
    const room = this.room();
    const { spots } = this.world.chainOf(room);
    const target = spots[spots.length - 1 - this.below(60)];
    if (target === undefined || target.kind === "room-event" || target.kind === "recall") return;
    this.world.write(room, {
      kind: "recall",
      author: author("mod", "moderator"),
      target: this.world.random() < 0.1 ? { uid: target.uid } : { id: target.id },
    });
  }

  title(room = this.room()): void {
    const event = { type: "title", title: `title ${++this.texts}` } as const;
    this.world.write(room, { kind: "room-event", author: author("mod", "moderator"), event });
  }

  // ---- viewers -------------------------------------------------------------------------------------------------

  connect(viewer: CheckedViewer = this.chance.one(this.world.viewers)): void {
    if (viewer.socket === undefined) this.world.connect(viewer);
  }

  disconnect(): void {
    const viewer = this.chance.one(this.world.viewers);
    if (viewer.socket === undefined) return;
    viewer.read();
    viewer.socket.break();
    viewer.read();
  }

  // ---- faults --------------------------------------------------------------------------------------------------

  feedFaults(): void {
    const { world } = this;
    world.feed.faults = someFaults(world.random, 0.6);
  }

  /** The store loses a room whole; then somebody has to know it. */
  async wipe(): Promise<void> {
    this.world.catalog.isBroken = false;
    await this.world.window.wipe(this.room());
  }

  /** Now or in a while: in the middle of whatever the router does then. */
  kill(): void {
    this.world.router.mortal.killAfter(1 + this.below(60));
    this.talk();
  }

  /** The router stands still, loses the partition, and goes on later with what it was about to do. */
  async standStill(): Promise<void> {
    this.talk();
    await this.world.pass(this.below(12));
    this.world.router.mortal.standStill();
    await this.world.pass(this.below(30));
    this.world.takeOver();
  }

  /** A rolling restart: the router is told to end, and another begins. */
  async handOver(): Promise<void> {
    this.talk();
    await this.world.pass(this.below(25));
    await this.world.router.stop();
    this.world.router.mortal.isDead = true;
    await this.world.pass(this.below(100));
    this.world.takeOver();
  }

  /** Nobody says a word: what an earlier router left unpublished has to come all the same, and before heads are told again. */
  private async afterTheKill(): Promise<void> {
    const { world } = this;
    await world.router.kill();
    await world.pass(this.below(200));
    world.takeOver();
    if (world.catalog.isBroken || world.random() < 0.3) return;
    world.window.failures = 0;
    await world.pass(400);
    if (!world.router.isOver) world.checkCaughtUp("after a takeover");
  }

  /** All faults end, and nobody says a word: everybody who comes back has everything. */
  async settle(): Promise<void> {
    const { world } = this;
    world.router.mortal.killAfter(Number.POSITIVE_INFINITY);
    if (world.router.isOver) world.takeOver();
    world.feed.faults = NO_FAULTS;
    world.window.failures = 0;
    world.catalog.isBroken = false;
    world.wakeZombies();
    await world.archives(true);
    await world.pass(1_000);
    // What a store lost of a room in which nobody talks is noticed when its head is told again.
    await world.window.rewind(this.room(), 1 + this.below(4));
    await world.pass(MENDED_MS);
    for (const viewer of world.viewers) this.connect(viewer);
    await world.pass(1_000);
    for (const viewer of world.viewers) viewer.mustBeAtHead("in the silence");
    for (const room of world.rooms) this.title(room);
    await world.pass(2_000);
    for (const viewer of world.viewers) viewer.mustBeAtHead("at the end");
    await world.checkArchive();
  }
}

/** One run. The same options give the same run. Ends at the first break of a promise. */
export async function runPartition(options: PartitionRunOptions): Promise<PartitionOutcome> {
  const run = new Run(options);
  const { world } = run;
  run.begin();
  for (let i = 0; i < options.steps && world.violations.length === 0; i++) await run.step();
  if (world.violations.length === 0) await run.settle();
  await world.end();
  return {
    violations: world.violations.slice(0, VIOLATIONS_MAX),
    published: world.rooms.reduce((all, room) => all + world.chainOf(room).spots.length, 0),
    shown: world.viewers.reduce((all, { shown }) => all + shown, 0),
    takeovers: world.takeovers,
  };
}
