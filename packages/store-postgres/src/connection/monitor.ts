import { isCancelled, Ticker } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import { isPostgresError } from "../errors.ts";
import type { Blocker, OnPostgresEvent, PostgresEvent } from "../events.ts";
import type { MonitorOptions, PoolOptions } from "../settings.ts";
import { endBlocker, findBlockers } from "./blockers.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { Link } from "./link.ts";
import type { LinkPool } from "./link-pool.ts";

type Done = Extract<PostgresEvent, { type: "blocker" }>["done"];

export interface MonitorFigures {
  /** Sessions that held up ours at the last look. */
  readonly blockers: number;
  /** Sessions whose query was cancelled because it held up ours. */
  readonly cancelled: number;
  /** Sessions that were ended because they held up ours and did nothing. */
  readonly terminated: number;
  /** Sessions that PostgreSQL did not let us end. */
  readonly denied: number;
}

export interface MonitorParts {
  readonly connection: ConnectionSettings;
  readonly pool: LinkPool;
  readonly poolOptions: PoolOptions;
  readonly options: MonitorOptions;
  readonly onEvent: OnPostgresEvent;
  /** Called at each look that is answered, before anything else is done with the answer. */
  readonly onAnswer: () => void;
  /** Called at each look that nothing answered, with the time since the first of them, ms. */
  readonly onSilence: (forMs: number) => void;
}

/**
 * Looks at PostgreSQL again and again on a connection of its own: does it answer, and does a session hold up ours?
 *
 * Shape      one task (`run`); `health` only reads what the last look found.
 */
export class Monitor {
  private readonly parts: MonitorParts;
  private readonly clock: Clock;
  private link: Link | undefined = undefined;
  private down: { readonly since: number; readonly error: Error } | undefined = undefined;
  /** What was done about each session that held up ours at the last look. */
  private told: ReadonlyMap<number, Done> = new Map();
  private busy: { readonly since: number } | undefined = undefined;
  private counts = { blockers: 0, cancelled: 0, terminated: 0, denied: 0 };

  constructor(parts: MonitorParts, clock: Clock) {
    this.parts = parts;
    this.clock = clock;
  }

  get figures(): MonitorFigures {
    return { ...this.counts };
  }

  /** Why the archive is not ready; undefined while it is. */
  get health(): string | undefined {
    const { down } = this;
    if (down !== undefined) {
      const seconds = Math.round((this.clock.now() - down.since) / 1_000);
      return `${down.error.message} It has been so for ${seconds} s.`;
    }
    const { pool, poolOptions } = this.parts;
    const { longestWaitMs: waited } = pool;
    if (waited < poolOptions.readyWaitMs) return undefined;
    return `All ${poolOptions.max} connections to PostgreSQL are taken; one operation has waited for ${Math.round(waited)} ms.`;
  }

  /** Runs until cancelled. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(this.parts.options.everyMs, ctx);
    try {
      for await (const _ of ticker) await this.look(ctx);
    } finally {
      await this.link?.end();
    }
  }

  /** Asks PostgreSQL once; every failure but a cancellation is told and kept for `health`. */
  async look(ctx: Context): Promise<void> {
    const { probeMs } = this.parts.options;
    try {
      using limited = ctx.cancellable({ timeout: probeMs, name: "look at PostgreSQL" });
      await this.ask(limited);
      this.up();
      this.lookAtPool();
    } catch (error) {
      ctx.throwIfCancelled();
      if (isCancelled(error)) this.silent(error);
      else this.fallen(error);
      await this.hangUp();
    }
  }

  private async ask(ctx: Context): Promise<void> {
    const { connection, pool } = this.parts;
    // What is left of a query that was given up ends with its connection: nobody else uses this one.
    const link = (this.link ??= await Link.open(connection, () => undefined, ctx));
    const blockers = await findBlockers(link, pool.pids, ctx);
    this.parts.onAnswer();
    this.counts.blockers = blockers.length;
    const told = new Map<number, Done>();
    for (const blocker of blockers) told.set(blocker.pid, await this.end(link, blocker, ctx));
    this.told = told;
    await pool.fill(ctx);
    await pool.trim();
  }

  private async end(link: Link, blocker: Blocker, ctx: Context): Promise<Done> {
    const done = await this.tryEnd(link, blocker, ctx);
    // One that is still there at the next look takes its time to end: it is one session all the same.
    if (this.told.get(blocker.pid) === done) return done;
    if (done !== "watched") this.counts[done] += 1;
    this.parts.onEvent({ type: "blocker", blocker, done });
    return done;
  }

  private async tryEnd(link: Link, blocker: Blocker, ctx: Context): Promise<Done> {
    try {
      return await endBlocker(link, blocker, this.parts.options, ctx);
    } catch (error) {
      if (isPostgresError(error) && error.code === "PG_DENIED") return "denied";
      throw error;
    }
  }

  private lookAtPool(): void {
    const { pool, poolOptions, onEvent } = this.parts;
    const { longestWaitMs: waitedMs } = pool;
    const now = this.clock.now();
    if (waitedMs >= poolOptions.readyWaitMs) {
      if (this.busy !== undefined) return;
      this.busy = { since: now - waitedMs };
      onEvent({ type: "pool_exhausted", waitedMs });
    } else if (this.busy !== undefined) {
      const { since } = this.busy;
      this.busy = undefined;
      onEvent({ type: "pool_recovered", afterMs: now - since });
    }
  }

  private up(): void {
    if (this.down === undefined) return;
    const { since } = this.down;
    this.down = undefined;
    this.parts.onEvent({ type: "postgres_up", afterMs: this.clock.now() - since });
  }

  private silent(cause: unknown): void {
    const { onSilence, options } = this.parts;
    this.fallen(new Error(`PostgreSQL has not answered within ${options.probeMs} ms.`, { cause }));
    onSilence(this.clock.now() - (this.down?.since ?? this.clock.now()));
  }

  private fallen(error: unknown): void {
    if (this.down !== undefined) return;
    this.down = { since: this.clock.now(), error: error instanceof Error ? error : new Error(String(error)) };
    this.parts.onEvent({ type: "postgres_down", error });
  }

  private async hangUp(): Promise<void> {
    const { link } = this;
    this.link = undefined;
    await link?.end();
  }
}
