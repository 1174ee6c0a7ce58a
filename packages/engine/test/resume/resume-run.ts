import { Chance } from "../support/chance.ts";
import type { Happening } from "../support/chance.ts";
import { NO_FAULTS, someFaults } from "./faulty-feed.ts";
import { World } from "./world.ts";
import type { CheckedViewer } from "./checked-viewer.ts";
import type { WorldOptions } from "./world.ts";

export interface RunOptions extends WorldOptions {
  readonly steps: number;
  /** Records that are said at once, at most. */
  readonly burst: number;
}

export interface RunOutcome {
  /** Breaks of a promise, the first ones; none is expected. */
  readonly violations: readonly string[];
  /** Records of the log that have a place in their room's chain. */
  readonly published: number;
  /** Records that the viewers have read. */
  readonly shown: number;
  readonly resumes: number;
  readonly gaps: number;
  readonly kills: number;
}

const VIOLATIONS_MAX = 5;
/** Past the resume horizon of the world, ms. */
const LONG_ABSENCE_MS = 70_000;

const HAPPENINGS: readonly Happening<Run>[] = [
  [30, (run) => run.talk()],
  [14, (run) => run.connect()],
  [6, (run) => run.disconnect()],
  [6, (run) => run.narrow()],
  [6, (run) => run.widen()],
  [3, (run) => run.silence()],
  [3, (run) => run.recall()],
  [2, (run) => run.title()],
  [3, (run) => run.feedFaults()],
  [2, (run) => run.windowFaults()],
  [3, (run) => run.kill()],
  [8, (run) => run.world.pass(run.below(60))],
  [0.5, (run) => run.world.pass(2_000)],
  [1, (run) => run.world.feed.interrupt()],
  [0.1, (run) => run.longAbsence()],
];

/** A seeded sequence of mishaps, and what the viewers made of it. */
class Run {
  readonly world: World;
  private readonly options: RunOptions;
  private readonly rates = new Map<CheckedViewer, number>();
  private readonly chance: Chance;
  private texts = 0;

  constructor(world: World, options: RunOptions) {
    this.world = world;
    this.chance = new Chance(world.random);
    this.options = options;
  }

  below(limit: number): number {
    return this.chance.below(limit);
  }

  async step(): Promise<void> {
    await this.chance.next(HAPPENINGS, this);
    await this.world.pass(this.below(12));
    for (const [viewer, rate] of this.rates) {
      viewer.socket?.flow(this.below(rate));
      viewer.read();
    }
    if (this.world.life.isDead) await this.afterTheKill();
  }

  talk(): void {
    this.world.say(this.chance.one(this.world.rooms), 1 + this.below(this.options.burst), `t${++this.texts}`);
  }

  // ---- viewers ---------------------------------------------------------------------------------------------------

  connect(): void {
    const viewer = this.chance.one(this.world.viewers);
    if (viewer.socket === undefined) this.world.connect(viewer);
  }

  disconnect(viewer = this.chance.one(this.world.viewers)): void {
    const { socket } = viewer;
    this.rates.delete(viewer);
    if (socket === undefined) return;
    // What the system took and the client did not read yet goes with the connection.
    if (this.world.random() < 0.5) viewer.read(this.below(4));
    else viewer.read();
    socket.inbox.length = 0;
    socket.break();
    viewer.read();
  }

  narrow(): void {
    const viewer = this.chance.one(this.world.viewers);
    if (viewer.socket === undefined) return;
    viewer.socket.isWide = false;
    this.rates.set(viewer, this.chance.one([1, 400, 4_000]));
  }

  widen(viewer = this.chance.one(this.world.viewers)): void {
    this.rates.delete(viewer);
    if (viewer.socket === undefined) return;
    viewer.socket.isWide = true;
    viewer.socket.flow(Number.POSITIVE_INFINITY);
    viewer.read();
  }

  async longAbsence(): Promise<void> {
    const viewer = this.chance.one(this.world.viewers);
    this.disconnect(viewer);
    for (let i = 0; i < 5; i++) {
      this.world.say(viewer.room, this.options.burst, `away${i}`);
      await this.world.pass(LONG_ABSENCE_MS / 5);
    }
    if (viewer.socket === undefined) this.world.connect(viewer);
  }

  // ---- what is said beside danmaku -------------------------------------------------------------------------------

  private write(room: string, entry: Parameters<World["life"]["writer"]["append"]>[1]): void {
    const { writer, scope } = this.world.life;
    void writer.append(room, entry, scope.context).catch(() => undefined);
  }

  private get base() {
    const author = { uid: "mod", name: "mod", role: "moderator" } as const;
    return { id: `c${++this.texts}`, at: this.world.clock.wall(), author };
  }

  silence(): void {
    const uid = `u${this.below(5)}`;
    const until = this.world.random() < 0.5 ? this.world.clock.wall() + this.below(300) : null;
    const event =
      this.world.random() < 0.4
        ? ({ type: "mute", uid, until } as const)
        : ({ type: "unmute", uid } as const);
    this.write(this.chance.one(this.world.rooms), { ...this.base, kind: "room-event", event });
  }

  recall(): void {
    const room = this.chance.one(this.world.rooms);
    const { spots } = this.world.chainOf(room);
    const target = spots[spots.length - 1 - this.below(80)];
    // As the commands see to it: nobody takes back what a moderator did.
    if (target === undefined || target.kind === "room-event" || target.kind === "recall") return;
    const isAll = this.world.random() < 0.1;
    this.write(room, {
      ...this.base,
      kind: "recall",
      target: isAll ? { uid: target.uid } : { id: target.id },
    });
  }

  title(room = this.chance.one(this.world.rooms)): void {
    const event = { type: "title", title: `title ${++this.texts}` } as const;
    this.write(room, { ...this.base, kind: "room-event", event });
  }

  // ---- faults ----------------------------------------------------------------------------------------------------

  feedFaults(): void {
    const { world } = this;
    world.feed.faults = someFaults(world.random, 0.5);
  }

  async windowFaults(): Promise<void> {
    const { shared } = this.world;
    if (shared === undefined) return;
    shared.slowness = this.world.random();
    if (this.world.random() < 0.3) shared.failures = this.below(3);
    if (this.world.random() < 0.3) shared.writeFailures = 1;
    if (this.world.random() < 0.5) await shared.rewind(this.chance.one(this.world.rooms), 1 + this.below(4));
  }

  /** Now or in a while: in the middle of whatever the router does then. */
  kill(): void {
    this.world.life.killAfter(1 + this.below(40));
    this.talk();
  }

  /** The viewers watch, and come and go, while there is no router. Then it comes back and makes good what it left undone. */
  private async afterTheKill(): Promise<void> {
    const { world } = this;
    await world.bury();
    if (world.random() < 0.5) this.connect();
    if (world.random() < 0.3) this.disconnect();
    await world.pass(this.below(200));
    await world.revive();
    // Nobody says a word: what was in the window and not published has to come all the same.
    await world.pass(2_500);
    if (!world.life.isDead) world.checkCaughtUp("after a restart");
  }

  /** All faults end, everybody comes back, and something is said in every room: now everybody has everything. */
  async settle(): Promise<void> {
    const { world } = this;
    world.life.killAfter(Number.POSITIVE_INFINITY);
    world.feed.faults = NO_FAULTS;
    if (world.shared !== undefined) world.shared.slowness = world.shared.failures = 0;
    await world.pass(1_000);
    for (const viewer of world.viewers) this.widen(viewer);
    await world.pass(6_000);
    for (const room of world.rooms) {
      world.say(room, 3, "last");
      // Whoever spoke may be muted; this comes in any case.
      this.title(room);
    }
    await world.pass(2_000);
    for (const viewer of world.viewers) if (viewer.socket === undefined) world.connect(viewer);
    await world.pass(2_000);
    for (const viewer of world.viewers) viewer.mustBeAtHead("at the end");
  }

  outcome(): RunOutcome {
    const { world } = this;
    const sum = (of: (viewer: CheckedViewer) => number) =>
      world.viewers.reduce((all, viewer) => all + of(viewer), 0);
    return {
      violations: world.violations.slice(0, VIOLATIONS_MAX),
      published: world.rooms.reduce((all, room) => all + world.chainOf(room).spots.length, 0),
      shown: world.shown,
      resumes: sum(({ resumes }) => resumes),
      gaps: sum(({ gaps }) => gaps),
      kills: world.kills,
    };
  }
}

/** One run. The same options give the same run. Ends at the first break of a promise. */
export async function runResume(options: RunOptions): Promise<RunOutcome> {
  const world = await World.begin(options);
  const run = new Run(world, options);
  for (let i = 0; i < options.steps && world.violations.length === 0; i++) await run.step();
  if (world.violations.length === 0) await run.settle();
  await world.end();
  return run.outcome();
}
