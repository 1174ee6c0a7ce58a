import type { Consumer } from "@platformatic/kafka";
import { Backoff, Scope, SingleFlight, sleep } from "@barrage/kernel";
import type { Context, Task } from "@barrage/kernel";
import { isClusterError } from "../errors.ts";
import { groupOffsets } from "./epoch.ts";
import { commitAs } from "./group-commit.ts";
import { closeConsumer, groupConsumer, JOIN_MARGIN_MS } from "./group-consumer.ts";
import { HeartbeatWatch } from "./heartbeat-watch.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { Ownership } from "./ownership.ts";
import { offsetAfter, seqOf } from "./seq.ts";
import { topicOf } from "./settings.ts";
import type { KafkaSettings } from "./settings.ts";

/** One partition while this process owns it. */
export interface OwnedPartition {
  readonly index: number;
  /** seq that the group committed last; 0 for none. Everything after it is to be done, some of it perhaps again. */
  readonly committed: number;
  /**
   * Everything up to `seq` is done for good. KAFKA_FENCED when the partition is somebody else's by now. Work that was
   * cancelled may commit once more, under a context of its own, within a second.
   */
  commit(seq: number, ctx: Context): Promise<void>;
}

/** What is done with a partition for as long as it is ours: ends by cancelling, or by KAFKA_FENCED from `commit`. */
export type PartitionWork = (owned: OwnedPartition, ctx: Context) => Promise<void>;

export interface GroupMemberOptions {
  readonly group: string;
  /** Stays the same across restarts: whoever comes back under it has its partitions at once, without a rebalance. */
  readonly instanceId: string;
  /** Silence, ms, after which the group gives a member's partitions to others. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /** Told when this process has become a member, and when it is none any more, or could not become one, with the reason. */
  readonly onMembership?: (change: MembershipChange) => void;
}

export type MembershipChange =
  { readonly type: "joined" } | { readonly type: "lost"; readonly error: unknown };

/** All but who is told, which may be nobody. */
type MemberOptions = Required<Omit<GroupMemberOptions, "onMembership">>;

/** A supervisor restarts a process within this (ms), and another takes over within 10 s of its death. */
export const SESSION_TIMEOUT_MS = 6_000;
export const HEARTBEAT_MS = 1_000;
/** How long a rebalance waits for work whose partition is given up, ms; later its writes are fenced by what they write to. */
const REVOKE_WAIT_MS = 3_000;
/** Pause after which a partition whose work was fenced is begun anew, if it is ours all the same, ms. */
const AGAIN_MS = 200;
/** Pause before a process that is no member joins again, ms: from the shortest to the longest. */
const REJOIN_FIRST_MS = 250;
const REJOIN_LONGEST_MS = 1_000;
/** A join is the finding of the coordinator, the join and what follows it, each as long as the coordinator may be silent. */
const JOIN_REQUESTS = 4;
/** How long a member that leaves waits for the group's word of it, ms; then its sockets are cut. */
const LEAVE_MS = 3_000;

/**
 * A member of a consumer group that owns some partitions of the log, each with one piece of work.
 *
 * Shape      classic protocol, cooperative-sticky, static membership. A partition that stays is worked on through a
 *            rebalance; one that goes is cancelled, and the group waits up to 3 s for the end of its work.
 * Bounds     a partition has one owner in the group's eyes at a time; who lost one without knowing learns it from
 *            `commit`, or after `sessionTimeoutMs` without a heartbeat's answer from its own clock.
 * Errors     what a piece of work throws, but for KAFKA_FENCED, ends `run`.
 */
export class GroupMember {
  private readonly link: KafkaLink;
  private readonly settings: KafkaSettings;
  private readonly options: MemberOptions;
  private readonly work: PartitionWork;
  private readonly told: (change: MembershipChange) => void;
  private readonly works = new Map<number, Task<void>>();

  constructor(link: KafkaLink, settings: KafkaSettings, options: GroupMemberOptions, work: PartitionWork) {
    this.link = link;
    this.settings = settings;
    const { onMembership = () => undefined, ...own } = options;
    this.options = { sessionTimeoutMs: SESSION_TIMEOUT_MS, heartbeatMs: HEARTBEAT_MS, ...own };
    this.told = onMembership;
    this.work = work;
  }

  /** Partitions that are ours at the moment. */
  get owned(): readonly number[] {
    return [...this.works.keys()].toSorted((a, b) => a - b);
  }

  /** Takes part until `ctx` is cancelled; then ends its work and leaves the group. */
  async run(ctx: Context): Promise<void> {
    const backoff = new Backoff({ base: REJOIN_FIRST_MS, max: REJOIN_LONGEST_MS, jitter: "decorrelated" });
    for (;;) {
      const failure = await this.session(ctx);
      ctx.throwIfCancelled();
      if (failure.kind === "work") throw failure.error;
      this.told({ type: "lost", error: failure.error });
      await sleep(backoff.next(), ctx);
    }
  }

  /** One membership, until it or a piece of work fails. */
  private async session(ctx: Context): Promise<Failure> {
    const { promise, resolve } = Promise.withResolvers<Failure>();
    await using scope = new Scope(ctx, { name: "kafka group", onError: "report" });
    const session = new Session(this.link, this.settings, this.options, {
      works: this.works,
      work: this.work,
      scope,
      end: resolve,
    });
    using _ = scope.context.onCancel(() => resolve({ kind: "membership", error: undefined }));
    try {
      await session.join();
      this.told({ type: "joined" });
      return await promise;
    } catch (error) {
      return { kind: "membership", error };
    } finally {
      await session.leave();
    }
  }
}

interface Failure {
  readonly kind: "work" | "membership";
  readonly error: unknown;
}

interface SessionParts {
  readonly works: Map<number, Task<void>>;
  readonly work: PartitionWork;
  readonly scope: Scope;
  readonly end: (failure: Failure) => void;
}

class Session {
  private readonly link: KafkaLink;
  private readonly settings: KafkaSettings;
  private readonly options: MemberOptions;
  private readonly parts: SessionParts;
  private readonly topic: string;
  private readonly consumer: Consumer;
  private readonly beats: HeartbeatWatch;
  /** Work that was told to end and has not yet. */
  private readonly ending = new Set<Promise<unknown>>();
  /** One question for all partitions that are begun together, by how often some were. */
  private readonly offsets: SingleFlight<number, readonly number[]>;
  private beginnings = 0;
  private lastBeat = 0;
  private isLeaving = false;

  constructor(link: KafkaLink, settings: KafkaSettings, options: MemberOptions, parts: SessionParts) {
    this.link = link;
    this.settings = settings;
    this.options = options;
    this.parts = parts;
    this.topic = topicOf(settings.topic, settings.epoch);
    const { sessionTimeoutMs } = options;
    this.consumer = groupConsumer(settings, options, () => this.revoked());
    this.offsets = new SingleFlight({ name: "offsets of a group", scope: parts.scope });
    // Half a session: what is asked again over new connections is answered before it has ended.
    this.beats = new HeartbeatWatch(this.consumer, parts.scope.context.clock, sessionTimeoutMs / 2);
  }

  async join(): Promise<void> {
    const { consumer, parts } = this;
    consumer.on("error", (error: unknown) => parts.end({ kind: "membership", error }));
    consumer.on("consumer:group:join", () => this.heard());
    consumer.on("consumer:heartbeat:end", () => this.heard());
    consumer.on("consumer:group:rebalance", () => this.giveUpRevoked());
    consumer.topics.trackAll(this.topic);
    parts.scope.spawn((ctx) => this.watch(ctx), { name: "kafka group watch" });
    const timeoutMs = JOIN_REQUESTS * (this.options.sessionTimeoutMs + JOIN_MARGIN_MS);
    const options = { operation: "a join", kind: "group", timeoutMs } as const;
    await this.link.calls.ofCluster(options, () => consumer.joinGroup({}), parts.scope.context);
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    for (const index of this.parts.works.keys()) this.giveUp(index);
    await Promise.all(this.ending);
    using patience = this.parts.scope.context.detached().cancellable({ timeout: LEAVE_MS, name: "leave" });
    await closeConsumer(this.consumer, patience);
  }

  /** The group has spoken to us just now: what it gave us is ours. */
  private heard(): void {
    this.lastBeat = this.parts.scope.context.clock.now();
    if (this.isLeaving || this.parts.scope.context.cancelled) return;
    const assigned = this.assigned();
    for (const index of this.parts.works.keys()) if (!assigned.has(index)) this.giveUp(index);
    this.beginnings += 1;
    for (const index of assigned) if (!this.parts.works.has(index)) this.begin(index);
  }

  private giveUpRevoked(): void {
    const assigned = this.assigned();
    for (const index of this.parts.works.keys()) if (!assigned.has(index)) this.giveUp(index);
  }

  private assigned(): ReadonlySet<number> {
    const mine = this.consumer.assignments?.find(({ topic }) => topic === this.topic);
    return new Set(mine?.partitions);
  }

  /** Gives up everything once the group must have: a process that stood still may not go on as if nothing had been. */
  private async watch(ctx: Context): Promise<void> {
    this.lastBeat = ctx.clock.now();
    for (;;) {
      await sleep(this.options.heartbeatMs, ctx);
      this.beats.look();
      if (!this.isSilent(ctx)) continue;
      for (const index of this.parts.works.keys()) this.giveUp(index);
    }
  }

  private isSilent({ clock }: Context): boolean {
    return clock.now() - this.lastBeat > this.options.sessionTimeoutMs;
  }

  private begin(index: number): void {
    const { scope, works } = this.parts;
    // The work before may be ours, and still ending.
    const before = Promise.all(this.ending);
    const round = this.beginnings;
    const ownership = new Ownership(this.consumer, scope.context.clock);
    const begin = async (ctx: Context): Promise<number> => {
      await before;
      return (await this.offsets.do(round, (own) => this.committed(own), ctx))[index] ?? -1;
    };
    const body = (ctx: Context): Promise<void> => this.workOn(index, ownership, begin, ctx);
    works.set(index, scope.spawn(body, { name: `partition ${index}` }));
  }

  private async workOn(
    index: number,
    ownership: Ownership,
    begin: (ctx: Context) => Promise<number>,
    ctx: Context,
  ): Promise<void> {
    using _ = ctx.onCancel(() => ownership.giveUp(!this.isSilent(ctx)));
    try {
      const next = await begin(ctx);
      const committed = next <= 0 ? 0 : seqOf(this.settings.epoch, next - 1);
      const { group, instanceId } = this.options;
      await this.parts.work(
        {
          index,
          committed,
          commit: async (seq, own) => {
            const offset = offsetAfter(this.settings.epoch, seq);
            const place = { group, instanceId, topic: this.topic, partition: index, offset };
            const { consumer, link } = this;
            await commitAs({ consumer, calls: link.calls, isOwner: () => ownership.mayCommit }, place, own);
          },
        },
        ctx,
      );
    } catch (error) {
      if (ctx.cancelled) return;
      // Somebody else had it in between, or a rebalance was quicker than a commit. If the group says at the next
      // heartbeat that it is ours, it is begun anew from what is committed by then.
      if (isClusterError(error) && error.code === "KAFKA_FENCED") this.parts.works.delete(index);
      else this.parts.end({ kind: "work", error });
    }
  }

  private async committed(ctx: Context): Promise<readonly number[]> {
    const size = { topic: this.topic, partitions: this.settings.partitions };
    for (;;) {
      try {
        return await groupOffsets(this.link, size, this.options.group, ctx);
      } catch (error) {
        ctx.throwIfCancelled();
        if (!isClusterError(error)) throw error;
        await sleep(AGAIN_MS, ctx);
      }
    }
  }

  private giveUp(index: number): void {
    const { works } = this.parts;
    const work = works.get(index);
    if (work === undefined) return;
    works.delete(index);
    const over = (): boolean => this.ending.delete(ended);
    const ended: Promise<boolean> = work.then(over, over);
    this.ending.add(ended);
    work.cancel();
  }

  /** Asked for before every join: it goes out once the work on what we no longer have has ended. */
  private async revoked(): Promise<Buffer> {
    this.beats.over();
    using waiting = this.parts.scope.context.cancellable({ name: "revoke" });
    const late = sleep(REVOKE_WAIT_MS, waiting).catch(() => undefined);
    await Promise.race([Promise.all(this.ending), late]);
    return Buffer.alloc(0);
  }
}
