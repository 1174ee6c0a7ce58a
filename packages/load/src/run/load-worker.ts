import { isCancelled, scope, sleep, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ProtocolAdapter, Publisher, Target } from "../protocol/adapter.ts";
import { protocolNamed } from "../protocol/protocols.ts";
import { apportion, Picker, sharesOf } from "../random/popularity.ts";
import { Random } from "../random/random.ts";
import { stagedArrivals } from "../schedule/arrivals.ts";
import { runArrivals } from "../schedule/run-arrivals.ts";
import { marked } from "../stream/mark.ts";
import { RoomLedger } from "../stream/room-ledger.ts";
import type { AckList } from "../stream/room-ledger.ts";
import { ViewerStream } from "../stream/viewer-stream.ts";
import { addVerdicts, NO_VERDICT } from "./audience-verdict.ts";
import type { AudienceVerdict } from "./audience-verdict.ts";
import { inLanes } from "./in-lanes.ts";
import type { LoadPlan } from "./plan.ts";
import type { RunClock } from "./run-clock.ts";
import { SecondTally } from "./second.ts";
import { countOf, lanesOf, numberOf, ownArrivals } from "./shares.ts";
import type { Part } from "./shares.ts";
import { Viewer } from "./viewer.ts";

/** Acknowledged publishes by room. */
export type RoomAcks = Readonly<Record<string, AckList>>;

const SECOND_MS = 1_000;
/** Logins under way at once. */
const LOGIN_LANES = 16;
/** Viewers connecting at once: a lost handshake must not hold up all others. */
const CONNECT_LANES = 64;
const DRAIN_LOOK_MS = 100;
/** Heartbeats are spread over their period by this beat: 19,000 at one moment would be a pause of their own. */
const HEARTBEAT_BEAT_MS = 100;
/** Length of texts, in characters: most danmaku are short. */
const MOST_WORDS = 30;

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
  readonly tally = new SecondTally();
  readonly #plan: LoadPlan;
  readonly #part: Part;
  readonly #ctx: Context;
  readonly #clock: RunClock;
  readonly #adapter: ProtocolAdapter;
  readonly #random: Random;
  readonly #ledgers: ReadonlyMap<string, RoomLedger>;
  /** The one at place p is number `numberOf(p)` of the plan. */
  readonly #viewers: readonly Viewer[];
  readonly #publisher: Publisher;
  /** By number in the plan; only this part's users have one. */
  readonly #tokens: (string | undefined)[] = [];
  #stopSends: (() => void) | undefined;

  constructor({ plan, part, clock, ctx }: WorkerParts) {
    this.#plan = plan;
    this.#part = part;
    this.#ctx = ctx;
    this.#clock = clock;
    this.#adapter = protocolNamed(plan.protocol);
    this.#random = new Random(plan.seed);
    this.#ledgers = new Map(plan.rooms.map((room) => [room, new RoomLedger(room, plan.run)]));
    this.#viewers = this.#seatViewers();
    this.#publisher = this.#adapter.publisher(this.#target(part.index), lanesOf(plan.lanes, part));
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
      this.#tokens[user] = await this.#adapter.login(this.#target(user), uid, ctx);
      this.tally.loggedIn(clock.now() - before);
    });
    const startedAt = clock.now();
    const gapMs = SECOND_MS / this.#plan.connectPerSecond;
    await inLanes(CONNECT_LANES, this.#viewers, this.#ctx, async (viewer, ctx, at) => {
      const wait = startedAt + numberOf(at, part) * gapMs - clock.now();
      if (wait > 0) await sleep(wait, ctx);
      await viewer.connect();
    });
  }

  /**
   * Does the sends and everything the plan has for viewers meanwhile, and waits for the sends' outcomes. Units: ms of
   * the worker's own clock. Errors: none for `stop`; the cancel error of the worker's context.
   */
  async send(startAt: number): Promise<void> {
    using sending = this.#ctx.cancellable({ name: "sends" });
    this.#stopSends = () => sending.cancel();
    try {
      await scope((tasks) => this.#sendAndDisturb(startAt, tasks.context), {
        parent: sending,
        name: "sends",
        onError: "cancel",
      });
    } catch (error) {
      if (!isCancelled(error) || this.#ctx.cancelled) throw error;
    }
    await this.#until(() => this.#publisher.waiting === 0, this.#plan.drainMs);
  }

  /** Ends the sends at once. */
  stop(): void {
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
    const expectations = new Map([...this.#ledgers].map(([room, ledger]) => [room, ledger.expectation()]));
    const judge = (): AudienceVerdict => {
      let sum = NO_VERDICT;
      for (const { room, stream } of this.#viewers) {
        const expectation = expectations.get(room);
        if (expectation !== undefined) sum = addVerdicts(sum, { ...stream.verdict(expectation), viewers: 1 });
      }
      return sum;
    };
    let verdict = judge();
    await this.#until(() => {
      verdict = judge();
      return verdict.lost === 0;
    }, withinMs);
    return verdict;
  }

  close(): void {
    this.#publisher.close();
    for (const viewer of this.#viewers) viewer.close();
  }

  #target(index: number): Target {
    const { host, port, sources } = this.#plan;
    const localAddress = sources[index % Math.max(1, sources.length)];
    return { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  }

  #seatViewers(): readonly Viewer[] {
    const { rooms, viewers, popularity, sampleShare } = this.#plan;
    const clock = this.#clock;
    const counts = this.tally;
    const parts = { adapter: this.#adapter, tally: counts, ctx: this.#ctx };
    const perRoom = apportion(viewers, sharesOf(popularity, rooms.length));
    const seats = perRoom.flatMap((count, index) => Array.from({ length: count }, () => rooms[index] ?? ""));
    return seats.flatMap((room, index) => {
      const ledger = this.#ledgers.get(room);
      if (ledger === undefined || index % this.#part.of !== this.#part.index) return [];
      const sampling = this.#random.fork(`sample ${index}`);
      const stream = new ViewerStream({
        ledger,
        counts,
        sample: () => sampling.next() < sampleShare,
        // Read anew for each record: between machines it is followed during the run.
        get machineOffsetMs() {
          return clock.offsetMs;
        },
      });
      return [new Viewer({ ...parts, target: this.#target(index), room, stream })];
    });
  }

  async #sendAndDisturb(startAt: number, ctx: Context): Promise<void> {
    await scope(
      async (tasks) => {
        const beside = [
          tasks.spawn((own) => this.#heartbeats(own), { name: "heartbeats" }),
          tasks.spawn((own) => this.#slowReaders(own), { name: "slow viewers" }),
        ];
        for (const { at, share } of this.#plan.storms)
          tasks.spawn((own) => this.#storm(startAt, { at, share }, own), { name: "storm" });
        await this.#sendAll(startAt, tasks.context);
        for (const task of beside) task.cancel();
      },
      { parent: ctx, name: "sends", onError: "cancel" },
    );
  }

  async #sendAll(startAt: number, ctx: Context): Promise<void> {
    const { rooms, talk, users } = this.#plan;
    const picker = new Picker(sharesOf(talk, rooms.length), this.#random.fork("talk"));
    const words = this.#random.fork("words");
    const own = ownArrivals(stagedArrivals(this.#plan.stages), users, this.#part);
    const send = (index: number, dueAt: number): void => {
      const key = own.numberOf(index);
      const text = "弹".repeat(Math.floor(words.nth(key) * MOST_WORDS));
      this.#publish({ key, dueAt, room: rooms[picker.at(key)] ?? "", token: this.#tokens[key % users], text });
    };
    await runArrivals(own, startAt, send, ctx);
  }

  #publish(send: {
    /** The send's number in the plan. */
    readonly key: number;
    /** Worker's own clock, ms. */
    readonly dueAt: number;
    readonly room: string;
    readonly token: string | undefined;
    readonly text: string;
  }): void {
    const { key, room, token } = send;
    const { clock } = this.#ctx;
    const dueAt = send.dueAt + this.#clock.offsetMs;
    const content = marked({ run: this.#plan.run, key, dueAt }, send.text);
    this.tally.published(clock.now() - send.dueAt);
    this.#publisher.publish({ room, token, content }, (outcome) => {
      if (outcome.kind === "refused") return this.tally.refused(outcome.code);
      this.tally.acked(clock.now() - send.dueAt);
      this.#ledgers.get(room)?.acked(key, outcome.seq, dueAt);
    });
  }

  async #heartbeats(ctx: Context): Promise<void> {
    const beats = Math.max(1, Math.round(this.#plan.heartbeatMs / HEARTBEAT_BEAT_MS));
    using beat = new Ticker(this.#plan.heartbeatMs / beats, ctx);
    let turn = 0;
    for await (const passed of beat) {
      for (let count = Math.min(passed, beats); count > 0; count -= 1) {
        for (let at = turn; at < this.#viewers.length; at += beats) this.#viewers[at]?.heartbeat();
        turn = (turn + 1) % beats;
      }
    }
  }

  async #slowReaders(ctx: Context): Promise<void> {
    const { share, pauseMs, readMs } = this.#plan.slow;
    const slow = this.#chosen("slow", share);
    if (slow.length === 0) return;
    try {
      for (;;) {
        for (const viewer of slow) viewer.pause();
        await sleep(pauseMs, ctx);
        for (const viewer of slow) viewer.resume();
        await sleep(readMs, ctx);
      }
    } finally {
      for (const viewer of slow) viewer.resume();
    }
  }

  async #storm(startAt: number, { at, share }: LoadPlan["storms"][number], ctx: Context): Promise<void> {
    await sleep(Math.max(0, startAt + at * SECOND_MS - ctx.clock.now()), ctx);
    await inLanes(CONNECT_LANES, this.#chosen(`storm ${at}`, share), ctx, (viewer) => viewer.comeBack());
  }

  #chosen(purpose: string, share: number): readonly Viewer[] {
    if (share === 0) return [];
    const random = this.#random.fork(purpose);
    return this.#viewers.filter((_, at) => random.nth(numberOf(at, this.#part)) < share);
  }

  async #until(isDone: () => boolean, withinMs: number): Promise<void> {
    const { clock } = this.#ctx;
    const end = clock.now() + withinMs;
    while (!isDone() && clock.now() < end) await sleep(DRAIN_LOOK_MS, this.#ctx);
  }
}
