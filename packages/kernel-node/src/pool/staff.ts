import { Backoff, type Scope, sleep } from "@barrage/kernel";
import { chooseByWeight } from "./balance.ts";
import { FunctionSlot, type PoolFunction } from "./function-slot.ts";
import { WorkerHealth, type WorkerStats } from "./health.ts";
import { Member } from "./member.ts";
import { PiscinaThread } from "./piscina-thread.ts";
import type { PoolWorker, WorkerEvents } from "./worker.ts";

interface StaffOptions {
  readonly scope: Scope;
  readonly name: string;
  readonly depth: number;
  readonly weigh: (stats: WorkerStats) => number;
  /** Is there still something to do, so that a worker that died is replaced? */
  readonly needed: () => boolean;
  /** A worker may be free that was not. */
  readonly onReady: () => void;
}

// Waits before a worker is replaced that died without having answered anything, as did the one before it, ms: a file
// that cannot be loaded must not start a thread after the other. The first replacement comes at once.
const RESPAWN = { base: 50, max: 5_000, jitter: "none" } as const;

/** The workers of a pool: hired, replaced when they die, let go. */
export class Staff<I, O> implements Iterable<Member<I, O>> {
  respawned = 0;
  /** Mean of the workers' utilisation at the last reading, 0 to 1. */
  utilization = 0;
  private readonly members = new Set<Member<I, O>>();
  private readonly ready = new Set<Member<I, O>>();
  private readonly leaving = new Set<Promise<void>>();
  private readonly work: URL | PoolFunction<I, O>;
  private readonly options: StaffOptions;
  private ids = 0;
  private respawning = 0;
  private backoff: Backoff | undefined = undefined;

  constructor(work: URL | PoolFunction<I, O>, options: StaffOptions) {
    this.work = work;
    this.options = options;
  }

  /** Workers, with those that will soon replace a dead one. */
  get size(): number {
    return this.members.size + this.respawning;
  }

  [Symbol.iterator](): Iterator<Member<I, O>> {
    return this.members.values();
  }

  hire(): void {
    const { scope, depth, weigh } = this.options;
    const id = (this.ids += 1);
    const worker = this.start({ onReady: () => this.started(member), onDeath: () => this.died(member) });
    const member: Member<I, O> = new Member(new WorkerHealth(id), worker, {
      depth,
      weigh,
      now: scope.context.clock.now(),
    });
    this.members.add(member);
    if (worker.ready) this.ready.add(member);
  }

  /** Who gets the next job. A thread that still starts gets it only where no other has started. */
  choose(): Member<I, O> | undefined {
    return chooseByWeight(this.ready.size > 0 ? this.ready : this.members);
  }

  /** Reads the utilisation of all. */
  read(): void {
    const now = this.options.scope.context.clock.now();
    let sum = 0;
    for (const member of this.members) sum += member.read(now);
    this.utilization = this.members.size === 0 ? 0 : sum / this.members.size;
  }

  /** Lets the idle worker go that has earned the least; false when all have something to do. */
  dismissOne(): boolean {
    let least: Member<I, O> | undefined;
    for (const member of this.members) {
      if (member.jobs.size === 0 && (least === undefined || member.weight < least.weight)) least = member;
    }
    if (least === undefined) return false;
    this.remove(least);
    this.stop(least);
    return true;
  }

  /** Ends the worker if that stops a job and takes no other with it, and hires another in its place. */
  interrupt(member: Member<I, O>): void {
    if (!member.worker.endsToStop || member.jobs.size !== 1 || !this.remove(member)) return;
    this.stop(member);
    if (!this.options.needed()) return;
    this.hire();
    this.options.onReady();
  }

  /** Ends every worker whose jobs cannot be stopped otherwise; none comes in its place. */
  interruptAll(): void {
    for (const member of this.members) {
      if (!member.worker.endsToStop) continue;
      this.remove(member);
      this.stop(member);
    }
  }

  /** Waits until every worker has ended, also those that were let go before. */
  async dismissAll(): Promise<void> {
    for (const member of this.members) this.stop(member);
    this.members.clear();
    this.ready.clear();
    await Promise.all(this.leaving);
  }

  private start(events: WorkerEvents): PoolWorker<I, O> {
    const { work } = this;
    const { depth, scope, name } = this.options;
    return work instanceof URL
      ? new PiscinaThread<I, O>(work, depth, events)
      : new FunctionSlot(work, scope, `${name} job`);
  }

  private stop(member: Member<I, O>): void {
    const left = member.worker.stop().then(() => void this.leaving.delete(left));
    this.leaving.add(left);
  }

  private remove(member: Member<I, O>): boolean {
    this.ready.delete(member);
    return this.members.delete(member);
  }

  private started(member: Member<I, O>): void {
    if (!this.members.has(member)) return;
    this.ready.add(member);
    this.options.onReady();
  }

  private died(member: Member<I, O>): void {
    if (!this.remove(member)) return;
    // Its thread may still be on its way out.
    this.stop(member);
    if (!this.options.needed()) return;
    this.respawned += 1;
    if (member.proved) this.backoff = undefined;
    const early = this.backoff;
    this.backoff ??= new Backoff(RESPAWN);
    if (early === undefined) this.replace();
    else this.replaceLater(early.next());
  }

  private replace(): void {
    this.hire();
    this.options.onReady();
  }

  private replaceLater(ms: number): void {
    this.respawning += 1;
    this.options.scope.spawn(
      async (ctx) => {
        try {
          await sleep(ms, ctx);
        } finally {
          this.respawning -= 1;
        }
        if (this.options.needed()) this.replace();
      },
      { name: "respawn" },
    );
  }
}
