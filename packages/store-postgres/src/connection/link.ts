import { Socket } from "node:net";
import { Client } from "pg";
import type { ClientConfig } from "pg";
import type { Context } from "@barrage/kernel";
import { isPostgresError, postgresError } from "../errors.ts";
import type { PostgresErrorCode } from "../errors.ts";
import { postgresFailure } from "../postgres-failure.ts";
import type { BackendKey } from "./cancel-request.ts";
import { addressOf } from "./connection-settings.ts";
import type { ConnectionSettings } from "./connection-settings.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly rows: readonly Row[];
  /** Rows that were returned, or changed. */
  readonly count: number;
}

/** Failures after which a connection is of no use. */
const ENDS_LINK: ReadonlySet<string> = new Set<PostgresErrorCode>(["PG_UNREACHABLE", "PG_READ_ONLY"]);

/** The driver keeps them and its types leave them out. */
interface WithKey {
  readonly processID?: unknown;
  readonly secretKey?: unknown;
}

/** An acknowledged write of the archive survives a crash, whatever the server's default is. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;

/**
 * Every statement of the archive has an index made for it, which the planner, with the figures of a new partition, would
 * now and then not see: these say so. Compiling a query would take longer than any of ours runs.
 */
const SESSION_OPTIONS = "-c enable_seqscan=off -c enable_sort=off -c jit=off";

/**
 * One connection to PostgreSQL.
 *
 * Shape      one user at a time. A wait that is cancelled breaks the connection: what its query came to is not known,
 *            and nobody waits for it; `onAbandoned` is told what to cancel.
 * Errors     PG_ codes; the cancel error of `ctx`.
 */
export class Link {
  /** Moment, on the clock of who keeps it, from which on nobody has used it. */
  idleSince = 0;
  private readonly client: Client;
  private readonly socket: Socket;
  private readonly address: string;
  private readonly onAbandoned: (key: BackendKey) => void;
  private failure: unknown = undefined;
  private broken = false;

  private constructor(settings: ConnectionSettings, onAbandoned: (key: BackendKey) => void) {
    this.socket = new Socket();
    this.address = addressOf(settings.url);
    this.onAbandoned = onAbandoned;
    this.client = new Client(clientConfig(settings, this.socket));
    // Without a listener the loss of an idle connection would end the process.
    this.client.on("error", (error) => this.fail(error));
    this.client.on("end", () =>
      this.fail(postgresError("PG_UNREACHABLE", { address: this.address, reason: "the connection ended" })),
    );
  }

  static async open(
    settings: ConnectionSettings,
    onAbandoned: (key: BackendKey) => void,
    ctx: Context,
  ): Promise<Link> {
    const link = new Link(settings, onAbandoned);
    using limited = ctx.cancellable({ timeout: settings.connectMs, name: "connect" });
    try {
      await link.unlessCancelled(link.client.connect(), limited);
      await link.query(DURABLE, [], limited);
      return link;
    } catch (error) {
      link.destroy();
      ctx.throwIfCancelled();
      if (!limited.cancelled) throw error;
      const reason = `no connection within ${settings.connectMs} ms`;
      throw postgresError("PG_UNREACHABLE", { address: link.address, reason }, error);
    }
  }

  /** Process id of the session in PostgreSQL; 0 before there is one. */
  get pid(): number {
    const { processID } = this.client as WithKey;
    return typeof processID === "number" ? processID : 0;
  }

  /** May it be given to the next one? Not when it is broken, nor in the middle of a transaction. */
  get isFree(): boolean {
    return !this.broken && this.client.getTransactionStatus() === "I";
  }

  /** Calls `listener` once, when the connection breaks while nobody uses it. */
  onLost: ((error: unknown) => void) | undefined = undefined;

  async query(text: string, values: readonly unknown[], ctx: Context): Promise<Answer> {
    ctx.throwIfCancelled();
    if (this.broken) throw this.failed(this.failure);
    const { rows, rowCount } = await this.unlessCancelled(this.client.query<Row>(text, [...values]), ctx);
    return { rows, count: rowCount ?? 0 };
  }

  /** Runs `body` as one transaction: all of it or nothing. */
  async transaction<T>(body: () => Promise<T>, ctx: Context): Promise<T> {
    await this.query("BEGIN", [], ctx);
    try {
      const result = await body();
      await this.query("COMMIT", [], ctx);
      return result;
    } catch (error) {
      if (!this.broken) await this.rollBack(ctx);
      throw error;
    }
  }

  /** Says goodbye and closes; waits for nothing of the other side. */
  async end(): Promise<void> {
    if (this.broken || this.socket.destroyed) return this.destroy();
    this.broken = true;
    const closed = new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
    // The driver's own promise waits for the server, which may not answer any more.
    this.client.end(() => undefined);
    this.socket.destroySoon();
    await closed;
  }

  /** Closes the socket now. */
  destroy(): void {
    this.broken = true;
    this.socket.destroy();
  }

  private async rollBack(ctx: Context): Promise<void> {
    try {
      await this.query("ROLLBACK", [], ctx);
    } catch {
      // What failed first says more; PostgreSQL rolls back what its client leaves.
      this.destroy();
    }
  }

  private async unlessCancelled<T>(work: Promise<T>, ctx: Context): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const listening = ctx.onCancel(() => {
      this.abandon();
      try {
        ctx.throwIfCancelled();
      } catch (error) {
        reject(error);
      }
    });
    try {
      return await Promise.race([work, promise]);
    } catch (error) {
      const failure = this.failed(error);
      // PostgreSQL says why it ends a session before it does; a standby is to be left for the new primary.
      if (isPostgresError(failure) && ENDS_LINK.has(failure.code)) this.destroy();
      throw failure;
    } finally {
      // Whoever no longer waits must not leave an unhandled rejection behind.
      work.catch(() => undefined);
      listening[Symbol.dispose]();
    }
  }

  private abandon(): void {
    const { processID: pid, secretKey: secret } = this.client as WithKey;
    const { host, port } = this.client;
    this.destroy();
    if (typeof pid === "number" && typeof secret === "number") this.onAbandoned({ host, port, pid, secret });
  }

  private fail(error: unknown): void {
    if (this.broken) return;
    this.failure = error;
    this.destroy();
    this.onLost?.(this.failed(error));
  }

  private failed(error: unknown): Error {
    return postgresFailure(this.address, error);
  }
}

function clientConfig(settings: ConnectionSettings, socket: Socket): ClientConfig {
  return {
    connectionString: settings.url,
    application_name: settings.applicationName,
    keepAlive: true,
    statement_timeout: settings.statementMs,
    lock_timeout: settings.lockMs,
    idle_in_transaction_session_timeout: settings.idleInTransactionMs,
    options: SESSION_OPTIONS,
    stream: () => socket,
  };
}
