import { isCancelled, Scope } from "@barrage/kernel";
import type { CancellableContext, Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { isPostgresError, postgresError } from "../errors.ts";
import type { OnPostgresEvent } from "../events.ts";
import { migrate } from "../migrations/migrate.ts";
import type { Migration } from "../migrations/migration.ts";
import { PartitionKeeper } from "../partitions/partition-keeper.ts";
import type { MonitorOptions, PartitionOptions, PoolOptions } from "../settings.ts";
import { UNGUARDED } from "./connect-guard.ts";
import type { ConnectGuard } from "./connect-guard.ts";
import { addressOf } from "./connection-settings.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import type { Link } from "./link.ts";
import { LinkPool } from "./link-pool.ts";
import type { PoolFigures } from "./link-pool.ts";
import { Monitor } from "./monitor.ts";
import type { MonitorFigures } from "./monitor.ts";
import { Preparation } from "./preparation.ts";

export interface PostgresFigures extends PoolFigures, MonitorFigures {}

export interface DatabaseOptions {
  readonly connection: ConnectionSettings;
  readonly pool: PoolOptions;
  readonly monitor: MonitorOptions;
  readonly partitions: PartitionOptions;
  readonly migrations: readonly Migration[];
  readonly onEvent: OnPostgresEvent;
  readonly guard?: ConnectGuard;
}

/**
 * The database of one process: its connections, who looks after them, and its form.
 *
 * Shape      there at once; it is reached, and brought to its newest form, by a task, or by the first operation.
 * Errors     `use`: PG_ codes. `read`: BARRAGE_OVERLOADED, BARRAGE_DRAINING once it is closed, with the PG_ code as cause.
 */
export class Database {
  private readonly scope: Scope;
  private readonly pool: LinkPool;
  private readonly monitor: Monitor;
  private readonly preparation: Preparation;
  private attempt: CancellableContext | undefined = undefined;
  private closing: Promise<void> | undefined = undefined;

  constructor(options: DatabaseOptions, ctx: Context) {
    const {
      connection,
      pool: poolOptions,
      monitor,
      partitions,
      migrations,
      onEvent,
      guard = UNGUARDED,
    } = options;
    const scope = new Scope(ctx.detached(), { name: "postgres", onError: "report" });
    const pool = new LinkPool(connection, { ...poolOptions, guard }, scope, onEvent);
    const keeper = new PartitionKeeper(pool, partitions, onEvent);
    this.scope = scope;
    this.pool = pool;
    // One slow answer is no silence: a migration that is begun anew may have cost an hour.
    const onSilence = (forMs: number): void => {
      if (forMs >= poolOptions.operationMs) this.attempt?.cancel();
    };
    const onAnswer = (): void => guard.answered();
    const parts = { connection, pool, poolOptions, options: monitor, onEvent, onAnswer, onSilence };
    this.monitor = new Monitor(parts, ctx.clock);
    const prepare = async (own: Context): Promise<void> => {
      const names = await pool.useUnbounded((link, inner) => migrate(link, migrations, inner), own);
      if (names.length > 0) onEvent({ type: "migrated", names });
      await keeper.begin(own);
      await pool.fill(own);
    };
    this.preparation = new Preparation({
      prepare: (own) => this.unlessSilent(prepare, addressOf(connection.url), own),
      scope,
      everyMs: monitor.everyMs,
      patienceMs: poolOptions.readyWaitMs,
      onEvent,
    });
    scope.spawn((own) => this.monitor.run(own), { name: "look at PostgreSQL" });
    scope.spawn(
      async (own) => {
        await this.preparation.run(own);
        await keeper.run(own);
      },
      { name: "make partitions" },
    );
  }

  /** Why it is not ready; undefined while it is. */
  get health(): string | undefined {
    return this.monitor.health ?? this.preparation.health;
  }

  get figures(): PostgresFigures {
    return { ...this.pool.figures, ...this.monitor.figures };
  }

  /** Reaches it and brings it to its newest form, now; throws why that cannot be. */
  async prepare(ctx: Context): Promise<void> {
    await this.unlessClosed(() => this.preparation.attempt(ctx));
  }

  /** Runs `body` with a connection of its own, once the database has its form. */
  async use<T>(body: (link: Link, ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    if (!this.preparation.isDone) await this.unlessClosed(() => this.preparation.before(ctx));
    return this.pool.use(body, ctx);
  }

  /** As `use`, with failures as callers of the API see them: none of them is theirs. */
  async read<T>(body: (link: Link, ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    try {
      return await this.use(body, ctx);
    } catch (error) {
      if (!isPostgresError(error)) throw error;
      throw protocolError(error.code === "PG_CLOSED" ? "BARRAGE_DRAINING" : "BARRAGE_OVERLOADED", {}, error);
    }
  }

  /** Lets what is under way end, then closes every connection and ends every task. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    this.scope.cancel();
    await this.pool.close();
    await this.scope[Symbol.asyncDispose]();
  }

  /** A migration may take as long as it takes, but not the silence of a server that is not there any more. */
  private async unlessSilent(
    prepare: (ctx: Context) => Promise<void>,
    address: string,
    ctx: Context,
  ): Promise<void> {
    using attempt = ctx.cancellable({ name: "prepare PostgreSQL" });
    this.attempt = attempt;
    try {
      await prepare(attempt);
    } catch (error) {
      ctx.throwIfCancelled();
      if (!isCancelled(error)) throw error;
      throw postgresError("PG_UNREACHABLE", { address, reason: "it fell silent" }, error);
    } finally {
      this.attempt = undefined;
    }
  }

  /** What was under way at `close` fails with that, not with how it was ended. */
  private async unlessClosed(work: () => Promise<void>): Promise<void> {
    try {
      if (this.closing === undefined) return await work();
    } catch (error) {
      if (this.closing === undefined) throw error;
    }
    throw postgresError("PG_CLOSED");
  }
}
