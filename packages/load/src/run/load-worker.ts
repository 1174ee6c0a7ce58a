import { isCancelled, scope, sleep, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ProtocolAdapter, Publisher, Target } from "../protocol/adapter.ts";
import { protocolNamed } from "../protocol/protocols.ts";
import { apportion, sharesOf } from "../random/popularity.ts";
import { Random } from "../random/random.ts";
import { RoomLedger } from "../stream/room-ledger.ts";
import type { AckList } from "../stream/room-ledger.ts";
import { ViewerStream } from "../stream/viewer-stream.ts";
import { audienceOf } from "./audience-verdict.ts";
import type { AudienceVerdict } from "./audience-verdict.ts";
import { bringBack, CONNECT_LANES, SLOW, startDisturbances } from "./disturbances.ts";
import type { AudienceParts } from "./chosen.ts";
import { inLanes } from "./in-lanes.ts";
import type { LoadPlan } from "./plan.ts";
import type { RunClock } from "./run-clock.ts";
import { RunTally } from "./run-tally.ts";
import { doSends, homesOf } from "./sends.ts";
import { countOf, lanesOf, numberOf } from "./shares.ts";
import type { Part } from "./shares.ts";
import { lateViewers } from "./crowds.ts";
import { Viewer } from "./viewer.ts";
import type { Visit } from "./viewer.ts";

/** Acknowledged publishes by room. */
export type RoomAcks = Readonly<Record<string, AckList>>;

const SECOND_MS = 1_000;
/** Logins under way at once. */
const LOGIN_LANES = 16;
const DRAIN_LOOK_MS = 100;

export interface WorkerParts {
  readonly plan: LoadPlan;
  readonly part: Part;
  readonly clock: RunClock;
  readonly ctx: Context;
}

/**
 * One process's part of a run. What it draws hangs on the seed and on numbers in the whole plan, so that the same plan
 * is the same run whatever the number of workers.
 *
 * Shape      `connect`, `send`, `drain`, `close`, each once and in this order; `stop` ends the sends.
 */
export class LoadWorker {
  readonly tally: RunTally;
  readonly #plan: LoadPlan;
  readonly #part: Part;
  readonly #ctx: Context;
  readonly #clock: RunClock;
  readonly #adapter: ProtocolAdapter;
  readonly #random: Random;
  readonly #ledgers: ReadonlyMap<string, RoomLedger>;
  readonly #viewers: readonly Viewer[];
  readonly #publisher: Publisher;
  /** By number in the plan; only this part's users have one. */
  readonly #tokens: (string | undefined)[] = [];
  #stopSends: (() => void) | undefined;
  /** ms of the worker's own clock; somebody waits for the end. */
  #patienceEnds = Infinity;

  constructor({ plan, part, clock, ctx }: WorkerParts) {
    this.#plan = plan;
    this.#part = part;
    this.#ctx = ctx;
    this.#clock = clock;
    this.tally = new RunTally(part.index, plan.rooms);
    this.#adapter = protocolNamed(plan.protocol);
    this.#random = new Random(plan.seed);
    this.#ledgers = new Map(plan.rooms.map((room) => [room, new RoomLedger(room, plan.run)]));
    this.#viewers = this.#seatViewers();
    const lanes = lanesOf(plan.lanes, part);
    this.#publisher = this.#adapter.publisher(this.#publishTarget(part.index), lanes, plan.publishOver);
  }

  /** Logs users in and connects viewers at the plan's pace. Errors: LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED. */
  async connect(): Promise<void> {
    const { clock } = this.#ctx;
    const part = this.#part;
    await this.#publisher.opened;
    const users = Array.from({ length: countOf(this.#plan.users, part) }, (_, at) => numberOf(at, part));
    await inLanes(LOGIN_LANES, users, this.#ctx, async (user, ctx) => {
      const before = clock.now();
      const uid = `load-${this.#plan.run}-${user}`;
      this.#tokens[user] = await this.#adapter.login(this.#publishTarget(user), uid, ctx);
      this.tally.second.loggedIn(clock.now() - before);
    });
    const homes = homesOf(this.#plan);
    const speakers = users.map((user) => ({ room: homes[user] ?? "", token: this.#tokens[user] }));
    await this.#publisher.prepare?.(speakers);
    const startedAt = clock.now();
    const gapMs = SECOND_MS / this.#plan.connectPerSecond;
    const late = lateViewers(this.#audience);
    await inLanes(CONNECT_LANES, this.#viewers, this.#ctx, async (viewer, ctx, at) => {
      if (late.has(viewer)) return;
      const wait = startedAt + numberOf(at, part) * gapMs - clock.now();
      if (wait > 0) await sleep(wait, ctx);
      await viewer.connect();
    });
  }

  /**
   * Does the sends and everything the plan has for viewers meanwhile, and waits for the sends' outcomes.
   *
   * Units      `startAt` in ms of the worker's own clock.
   */
  async send(startAt: number): Promise<void> {
    using sending = this.#ctx.cancellable({ name: "sends" });
    this.#stopSends = () => sending.cancel();
    try {
      await this.#sendAndDisturb(startAt, sending);
    } catch (error) {
      if (!isCancelled(error) || this.#ctx.cancelled) throw error;
    }
    await this.#until(() => this.#publisher.waiting === 0, this.#plan.drainMs);
  }

  /** Ends the sends at once; all waits from then on end within this time. */
  stop(withinMs = Infinity): void {
    this.#patienceEnds = Math.min(this.#patienceEnds, this.#ctx.clock.now() + withinMs);
    this.#stopSends?.();
  }

  /** Acknowledgements since the last time, for the other workers. */
  takeAcks(): RoomAcks {
    const taken: Record<string, AckList> = {};
    for (const [room, ledger] of this.#ledgers) {
      const acks = ledger.takeAcks();
      if (acks.length > 0) taken[room] = acks;
    }
    return taken;
  }

  /** Acknowledgements of another worker. */
  addAcks(acks: RoomAcks): void {
    for (const [room, list] of Object.entries(acks)) this.#ledgers.get(room)?.addAcks(list);
  }

  /** Waits until nobody misses anything, at most this long; then says what everybody got. */
  async drain(withinMs: number): Promise<AudienceVerdict> {
    const judge = (): AudienceVerdict =>
      audienceOf(
        this.#viewers.flatMap(({ visits }) =>
          visits.flatMap(({ room, stream }, at) => {
            const expectation = this.#ledgers.get(room)?.expectation();
            return expectation === undefined
              ? []
              : [[this.tally.roomName(room), stream.verdict(expectation), at === 0] as const];
          }),
        ),
      );
    let verdict = judge();
    await scope(
      async (tasks) => {
        const beside = tasks.spawn((ctx) => bringBack(this.#audience, ctx), { name: "returns" });
        await this.#until(() => {
          verdict = judge();
          return verdict.lost === 0;
        }, withinMs);
        beside.cancel();
      },
      { parent: this.#ctx, name: "drain" },
    );
    return verdict;
  }

  close(): void {
    this.#publisher.close();
    for (const viewer of this.#viewers) viewer.close();
  }

  get #audience(): AudienceParts {
    return { plan: this.#plan, part: this.#part, random: this.#random, viewers: this.#viewers };
  }

  #target(index: number): Target {
    const { host, port, sources } = this.#plan;
    const localAddress = sources[index % Math.max(1, sources.length)];
    return { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  }

  #publishTarget(index: number): Target {
    return { ...this.#target(index), ...this.#plan.publishAt };
  }

  #seatViewers(): readonly Viewer[] {
    const { rooms, viewers, popularity, sampleShare, slow } = this.#plan;
    const slowDraws = this.#random.fork(SLOW);
    const clock = this.#clock;
    const parts = { adapter: this.#adapter, tally: this.tally.second, ctx: this.#ctx };
    const perRoom = apportion(viewers, sharesOf(popularity, rooms.length));
    const seats = perRoom.flatMap((count, index) => Array.from({ length: count }, () => rooms[index] ?? ""));
    return seats.flatMap((seat, index) => {
      if (index % this.#part.of !== this.#part.index) return [];
      const sampling = this.#random.fork(`sample ${index}`);
      const isSlow = slowDraws.nth(index) < slow.share;
      const visit = (room: string): Visit => {
        const stream = new ViewerStream({
          ledger: this.#ledgers.get(room) ?? new RoomLedger(room, this.#plan.run),
          counts: this.tally.countsOf(room),
          sample: () => sampling.next() < sampleShare,
          isSlow,
          // Read anew for each record: between machines it is followed during the run.
          get machineOffsetMs() {
            return clock.offsetMs;
          },
        });
        return { room, stream };
      };
      return [new Viewer({ ...parts, target: this.#target(index), visit }, seat)];
    });
  }

  async #sendAndDisturb(startAt: number, parent: Context): Promise<void> {
    const [plan, part, random, tally, clock] = [
      this.#plan,
      this.#part,
      this.#random,
      this.tally,
      this.#clock,
    ] as const;
    const sends = { plan, part, random, tally, clock, tokens: this.#tokens, ledgers: this.#ledgers };
    await scope(
      async (tasks) => {
        const beside = startDisturbances(this.#audience, startAt, tasks);
        const beating = tasks.spawn((ctx) => this.#keepSpeakers(ctx), { name: "speakers" });
        await doSends({ ...sends, publisher: this.#publisher }, startAt, tasks.context);
        beside.cancel();
        beating.cancel();
      },
      { parent, name: "sends", onError: "cancel" },
    );
  }

  async #keepSpeakers(ctx: Context): Promise<void> {
    using beat = new Ticker(this.#plan.heartbeatMs, ctx);
    for await (const _ of beat) this.#publisher.heartbeat?.();
  }

  async #until(isDone: () => boolean, withinMs: number): Promise<void> {
    const { clock } = this.#ctx;
    const end = clock.now() + withinMs;
    while (!isDone() && clock.now() < Math.min(end, this.#patienceEnds))
      await sleep(DRAIN_LOOK_MS, this.#ctx);
  }
}
