import { isCancelled, Semaphore } from "@barrage/kernel";
import type { Clock, Context, Scope } from "@barrage/kernel";
import { postgresError } from "../errors.ts";
import type { OnPostgresEvent } from "../events.ts";
import type { PoolOptions } from "../settings.ts";
import { requestCancel } from "./cancel-request.ts";
import type { BackendKey } from "./cancel-request.ts";
import { UNGUARDED } from "./connect-guard.ts";
import type { ConnectGuard } from "./connect-guard.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { Link } from "./link.ts";

/** Time, ms, for a request to cancel; one that takes longer would find nothing to cancel. */
const CANCEL_MS = 2_000;

export interface PoolFigures {
  /** Open connections. */
  readonly total: number;
  readonly idle: number;
  /** Operations that wait for a connection. */
  readonly waiting: number;
  /** Connections that broke while nobody used them. */
  readonly lost: number;
  /** Operations that were given up by deadline or cancellation, and so cancelled in PostgreSQL. */
  readonly abandoned: number;
  /** Operations refused because too many waited. */
  readonly refused: number;
}

/**
 * A bounded number of connections to PostgreSQL.
 *
 * Shape      first come, first served.
 * Bounds     `max` connections, `maxWaiting` operations in line, `operationMs` for each but `useUnbounded`.
 * Errors     PG_BUSY, PG_TIMEOUT, PG_CLOSED, PG_UNREACHABLE, and what the operation itself fails with.
 */
export class LinkPool {
  private readonly connection: ConnectionSettings;
  private readonly options: PoolOptions;
  private readonly guard: ConnectGuard;
  private readonly scope: Scope;
  private readonly clock: Clock;
  private readonly onEvent: OnPostgresEvent;
  private readonly permits: Semaphore;
  /** The one used last is at the end, and is used next. */
  private readonly idle: Link[] = [];
  private readonly all = new Set<Link>();
  /** Since when each operation waits, oldest first. */
  private readonly waiting = new Map<object, number>();
  private counts = { lost: 0, abandoned: 0, refused: 0 };
  private closed = false;

  constructor(
    connection: ConnectionSettings,
    options: PoolOptions & { readonly guard?: ConnectGuard },
    scope: Scope,
    onEvent: OnPostgresEvent,
  ) {
    this.connection = connection;
    this.options = options;
    this.guard = options.guard ?? UNGUARDED;
    this.scope = scope;
    this.clock = scope.context.clock;
    this.onEvent = onEvent;
    this.permits = new Semaphore(options.max, { name: "postgres connections" });
  }

  get figures(): PoolFigures {
    return { total: this.all.size, idle: this.idle.length, waiting: this.waiting.size, ...this.counts };
  }

  /** Sessions of this pool in PostgreSQL. */
  get pids(): readonly number[] {
    return [...this.all].map(({ pid }) => pid);
  }

  /** How long the operation waits that has waited longest, ms. */
  get longestWaitMs(): number {
    const [first] = this.waiting.values();
    return first === undefined ? 0 : this.clock.now() - first;
  }

  /** Runs `body` with a connection of its own. */
  async use<T>(body: (link: Link, ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    const { operationMs } = this.options;
    using limited = ctx.cancellable({ timeout: operationMs, name: "postgres" });
    try {
      return await this.useUnbounded(body, limited);
    } catch (error) {
      ctx.throwIfCancelled();
      if (!isCancelled(error)) throw error;
      throw postgresError("PG_TIMEOUT", { reason: `no end within ${operationMs} ms` }, error);
    }
  }

  /** As `use`, for as long as `ctx` allows. */
  async useUnbounded<T>(body: (link: Link, ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    using _permit = await this.permit(ctx);
    this.refuseWhenClosed();
    const link = this.idle.pop() ?? (await this.open(ctx));
    link.onLost = undefined;
    try {
      return await body(link, ctx);
    } finally {
      await this.putBack(link);
    }
  }

  /** Opens connections until there are `min`. */
  async fill(ctx: Context): Promise<void> {
    while (!this.closed && this.all.size < this.options.min) {
      using permit = this.permits.tryAcquire();
      if (permit === undefined) return;
      await this.putBack(await this.open(ctx));
    }
  }

  /** Closes what nobody used for long, except the last `min`. */
  async trim(): Promise<void> {
    const { min, idleMs } = this.options;
    while (this.all.size > min) {
      const [oldest] = this.idle;
      if (oldest === undefined || this.clock.now() - oldest.idleSince < idleMs) return;
      this.idle.shift();
      this.all.delete(oldest);
      await oldest.end();
    }
  }

  /** Takes no more operations, lets those under way end, and closes every connection. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { max, closeMs } = this.options;
    using patience = this.scope.context.detached().cancellable({ timeout: closeMs, name: "close" });
    try {
      using _all = await this.permits.acquire(max, patience);
    } catch (error) {
      if (!isCancelled(error)) throw error;
      // They had their time: their sockets are closed under them.
    }
    const links = [...this.all];
    this.all.clear();
    this.idle.length = 0;
    await Promise.all(links.map((link) => (link.isFree ? link.end() : Promise.resolve(link.destroy()))));
  }

  private async permit(ctx: Context): Promise<Disposable> {
    this.refuseWhenClosed();
    const free = this.permits.tryAcquire();
    if (free !== undefined) return free;
    const { maxWaiting, max: total } = this.options;
    if (this.waiting.size >= maxWaiting) {
      this.counts.refused += 1;
      throw postgresError("PG_BUSY", { waiting: this.waiting.size, total });
    }
    const place = {};
    this.waiting.set(place, this.clock.now());
    try {
      return await this.permits.acquire(1, ctx);
    } finally {
      this.waiting.delete(place);
    }
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw postgresError("PG_CLOSED");
  }

  private async open(ctx: Context): Promise<Link> {
    let opened: Link | undefined;
    const open = async (own: Context): Promise<Link> => {
      opened = await Link.open(this.connection, (key) => this.abandoned(key), own);
      return opened;
    };
    try {
      const link = await this.guard.connect(open, ctx);
      this.all.add(link);
      return link;
    } catch (error) {
      // Whoever was waited for by nobody any more when it was there.
      opened?.destroy();
      throw error;
    }
  }

  private async putBack(link: Link): Promise<void> {
    if (!link.isFree || this.closed) {
      this.all.delete(link);
      if (link.isFree) await link.end();
      else link.destroy();
      return;
    }
    link.idleSince = this.clock.now();
    link.onLost = (error) => this.lost(link, error);
    this.idle.push(link);
  }

  private lost(link: Link, error: unknown): void {
    this.all.delete(link);
    this.idle.splice(this.idle.indexOf(link), 1);
    this.counts.lost += 1;
    this.onEvent({ type: "connection_lost", error });
  }

  private abandoned(key: BackendKey): void {
    this.counts.abandoned += 1;
    if (this.scope.closed) return;
    this.scope.spawn(
      async (ctx) => {
        using limited = ctx.cancellable({ timeout: CANCEL_MS, name: "cancel" });
        await requestCancel(key, limited);
      },
      { name: "cancel a query of PostgreSQL" },
    );
  }
}
