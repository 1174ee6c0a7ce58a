import { scope, sleep, Ticker } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import type { ProtocolAdapter, Publisher, Target } from "../protocol/adapter.ts";
import { protocolNamed } from "../protocol/protocols.ts";
import { apportion, Picker, sharesOf } from "../random/popularity.ts";
import { Random } from "../random/random.ts";
import { stagedArrivals } from "../schedule/arrivals.ts";
import type { Arrivals } from "../schedule/arrivals.ts";
import { runArrivals } from "../schedule/run-arrivals.ts";
import { KEYS_PER_WORKER, marked } from "../stream/mark.ts";
import { RoomLedger } from "../stream/room-ledger.ts";
import type { AckList } from "../stream/room-ledger.ts";
import { ViewerStream } from "../stream/viewer-stream.ts";
import { addVerdicts, NO_VERDICT } from "./audience-verdict.ts";
import type { AudienceVerdict } from "./audience-verdict.ts";
import { machineOffsetMs } from "./machine-clock.ts";
import type { LoadPlan } from "./plan.ts";
import { SecondTally } from "./second.ts";
import type { SecondDelta } from "./second.ts";
import { reasonsAgainst, SelfWatch } from "./self-watch.ts";
import { Viewer } from "./viewer.ts";

/** Which part of the plan a worker does: every `of`-th viewer and send, from number `index` on. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** Acknowledged publishes by room. */
export type RoomAcks = Readonly<Record<string, AckList>>;

const SECOND_MS = 1_000;
/** The second under which everything before the first send is counted. */
const BEFORE_START = -1;
/** Logins under way at once. */
const LOGIN_LANES = 16;
/** Viewers connecting at once: a lost handshake must not hold up all others. */
const CONNECT_LANES = 64;
const DRAIN_LOOK_MS = 100;

/**
 * One process's part of a run.
 *
 * Shape      `connect`, `send`, `drain`, `verdict`, `close`, each once and in this order; `watch` runs beside them.
 */
export class LoadWorker {
  readonly #plan: LoadPlan;
  readonly #part: Part;
  readonly #ctx: Context;
  readonly #adapter: ProtocolAdapter;
  readonly #random: Random;
  readonly #tally = new SecondTally();
  readonly #ledgers: ReadonlyMap<string, RoomLedger>;
  readonly #viewers: readonly Viewer[];
  readonly #publisher: Publisher;
  readonly #offsetMs: number;
  readonly #tokens: (string | undefined)[] = [];
  /** ms of the context's clock; undefined until the sends begin. */
  #startAt: number | undefined;

  constructor(plan: LoadPlan, part: Part, ctx: Context) {
    this.#plan = plan;
    this.#part = part;
    this.#ctx = ctx;
    this.#adapter = protocolNamed(plan.protocol);
    this.#random = new Random(plan.seed).fork(`worker ${part.index}`);
    this.#offsetMs = machineOffsetMs(ctx.clock);
    this.#ledgers = new Map(plan.rooms.map((room) => [room, new RoomLedger(room, plan.run)]));
    this.#viewers = this.#seatViewers();
    this.#publisher = this.#adapter.publisher(this.#target(0), plan.lanes);
  }

  /** Logs users in and connects viewers at the plan's pace. Errors: LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED. */
  async connect(): Promise<void> {
    const { clock } = this.#ctx;
    await this.#publisher.opened;
    const uids = Array.from({ length: this.#plan.users }, (_, index) => index);
    await this.#inLanes(LOGIN_LANES, uids, async (index, ctx) => {
      const before = clock.now();
      const uid = `load-${this.#plan.run}-${index}`;
      this.#tokens[index] = await this.#adapter.login(this.#target(index), uid, ctx);
      this.#tally.loggedIn(clock.now() - before);
    });
    const startedAt = clock.now();
    const gapMs = (SECOND_MS / this.#plan.connectPerSecond) * this.#part.of;
    await this.#inLanes(CONNECT_LANES, this.#viewers, async (viewer, ctx, index) => {
      const wait = startedAt + index * gapMs - clock.now();
      if (wait > 0) await sleep(wait, ctx);
      await viewer.connect();
    });
  }

  /** Does the sends and everything the plan has for viewers meanwhile. Units: `startAt` in ms of the machine's clock. */
  async send(startAt: number): Promise<void> {
    this.#startAt = startAt - this.#offsetMs;
    const begin = this.#startAt;
    await scope(
      async (tasks) => {
        const beside = [
          tasks.spawn((ctx) => this.#heartbeats(ctx), { name: "heartbeats" }),
          tasks.spawn((ctx) => this.#slowReaders(ctx), { name: "slow viewers" }),
        ];
        for (const storm of this.#plan.storms)
          tasks.spawn((ctx) => this.#storm(begin + storm.at * SECOND_MS, storm.share, ctx), {
            name: "storm",
          });
        await this.#sendAll(begin);
        for (const task of beside) task.cancel();
      },
      { parent: this.#ctx, name: "sends", onError: "cancel" },
    );
  }

  /** Waits until every publish has its outcome. */
  async answered(): Promise<void> {
    await this.#until(() => this.#publisher.waiting === 0);
  }

  get acks(): RoomAcks {
    return Object.fromEntries([...this.#ledgers].map(([room, ledger]) => [room, ledger.acks]));
  }

  /** Waits until nobody misses anything, at most the plan's time; then says what everybody got. */
  async drain(acks: RoomAcks): Promise<AudienceVerdict> {
    let verdict = this.#verdict(acks);
    await this.#until(() => {
      verdict = this.#verdict(acks);
      return verdict.lost === 0;
    });
    return verdict;
  }

  /** Takes a second's figures each second until cancelled; the last, broken one too. */
  async watch(onSecond: (delta: SecondDelta) => void, ctx: Context): Promise<void> {
    const { clock } = this.#ctx;
    using self = new SelfWatch(clock.now());
    const take = (): void => {
      const now = clock.now();
      const effort = self.take(now, this.#tally.sendLagMaxMs);
      // Named by its middle: a tick comes a little after the second it ends.
      const middle = now - SECOND_MS / 2;
      const second =
        this.#startAt === undefined ? BEFORE_START : Math.floor((middle - this.#startAt) / SECOND_MS);
      onSecond(this.#tally.take(Math.max(BEFORE_START, second), effort, reasonsAgainst(effort)));
    };
    using beat = new Ticker(SECOND_MS, ctx);
    try {
      for await (const _ of beat) take();
    } finally {
      take();
    }
  }

  close(): void {
    this.#publisher.close();
    for (const viewer of this.#viewers) viewer.close();
  }

  #verdict(acks: RoomAcks): AudienceVerdict {
    const expectations = new Map(
      [...this.#ledgers].map(([room, ledger]) => [room, ledger.expectation(acks[room] ?? [])]),
    );
    let sum = NO_VERDICT;
    for (const { room, stream } of this.#viewers) {
      const expectation = expectations.get(room);
      if (expectation !== undefined) sum = addVerdicts(sum, { ...stream.verdict(expectation), viewers: 1 });
    }
    return sum;
  }

  #target(index: number): Target {
    const { host, port, sources } = this.#plan;
    const localAddress = sources[index % Math.max(1, sources.length)];
    return { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  }

  #seatViewers(): readonly Viewer[] {
    const { rooms, viewers, popularity, sampleShare } = this.#plan;
    const sampling = this.#random.fork("sample");
    const parts = { adapter: this.#adapter, tally: this.#tally, ctx: this.#ctx };
    const sample = (): boolean => sampling.next() < sampleShare;
    const perRoom = apportion(viewers, sharesOf(popularity, rooms.length));
    const seats = perRoom.flatMap((count, index) => Array.from({ length: count }, () => rooms[index] ?? ""));
    return seats.flatMap((room, index) => {
      const ledger = this.#ledgers.get(room);
      if (ledger === undefined || index % this.#part.of !== this.#part.index) return [];
      const stream = new ViewerStream({
        ledger,
        counts: this.#tally,
        sample,
        machineOffsetMs: this.#offsetMs,
      });
      return [new Viewer({ ...parts, target: this.#target(index), room, stream })];
    });
  }

  async #sendAll(startAt: number): Promise<void> {
    const { rooms, talk, users } = this.#plan;
    const picker = new Picker(sharesOf(talk, rooms.length), this.#random.fork("talk"));
    const words = this.#random.fork("words");
    const { index: first, of } = this.#part;
    const whole = stagedArrivals(this.#plan.stages);
    const own: Arrivals = {
      total: Math.max(0, Math.ceil((whole.total - first) / of)),
      durationMs: whole.durationMs,
      dueAt: (index) => whole.dueAt(first + index * of),
    };
    await runArrivals(
      own,
      startAt,
      (index, dueAt) => {
        const room = rooms[picker.next()] ?? "";
        this.#publish({ room, index, dueAt, token: this.#tokens[(first + index * of) % users], words });
      },
      this.#ctx,
    );
  }

  #publish(send: {
    readonly room: string;
    readonly index: number;
    readonly dueAt: number;
    readonly token: string | undefined;
    readonly words: Random;
  }): void {
    const { room, token } = send;
    const { clock } = this.#ctx;
    const dueAt = send.dueAt + this.#offsetMs;
    const key = this.#part.index * KEYS_PER_WORKER + send.index;
    const content = marked({ run: this.#plan.run, key, dueAt }, "弹".repeat(send.words.below(MOST_WORDS)));
    this.#tally.published(clock.now() - send.dueAt);
    this.#publisher.publish({ room, token, content }, (outcome) => {
      if (outcome.kind === "refused") return this.#tally.refused(outcome.code);
      this.#tally.acked(clock.now() - send.dueAt);
      this.#ledgers.get(room)?.acked(key, outcome.seq, dueAt);
    });
  }

  async #heartbeats(ctx: Context): Promise<void> {
    using beat = new Ticker(this.#plan.heartbeatMs, ctx);
    for await (const _ of beat) for (const viewer of this.#viewers) viewer.heartbeat();
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

  async #storm(at: number, share: number, ctx: Context): Promise<void> {
    await sleep(Math.max(0, at - ctx.clock.now()), ctx);
    await this.#inLanes(CONNECT_LANES, this.#chosen(`storm ${at}`, share), (viewer) => viewer.comeBack());
  }

  #chosen(purpose: string, share: number): readonly Viewer[] {
    if (share === 0) return [];
    const random = this.#random.fork(purpose);
    return this.#viewers.filter(() => random.next() < share);
  }

  async #inLanes<T>(
    lanes: number,
    items: readonly T[],
    body: (item: T, ctx: Context, index: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const lane = async (ctx: Context): Promise<void> => {
      for (let index = next++; index < items.length; index = next++) {
        const item = items[index];
        if (item !== undefined) await body(item, ctx, index);
      }
    };
    try {
      await scope(
        (tasks: Scope) => {
          for (let count = Math.min(lanes, items.length); count > 0; count -= 1)
            tasks.spawn(lane, { name: "lane" });
        },
        { parent: this.#ctx },
      );
    } catch (error) {
      // Lanes fail together, for one reason: a person reads it once.
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  async #until(isDone: () => boolean): Promise<void> {
    const { clock } = this.#ctx;
    const end = clock.now() + this.#plan.drainMs;
    while (!isDone() && clock.now() < end) await sleep(DRAIN_LOOK_MS, this.#ctx);
  }
}

/** Length of texts, in characters: most danmaku are short. */
const MOST_WORDS = 30;
