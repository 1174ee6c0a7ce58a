import type * as Cluster from "@barrage/cluster";
import type { Context } from "@barrage/kernel";
import type * as Postgres from "@barrage/store-postgres";

/** Our deadline of a connection is this much behind the store's own, which says more of what failed, ms. */
const MARGIN_MS = 500;

export interface PostgresCallsParts {
  readonly cluster: typeof Cluster;
  readonly postgres: typeof Postgres;
  /** As circuits and messages name it: the host, never the password. */
  readonly node: string;
  readonly connections: number;
}

/**
 * The circuit of PostgreSQL. It is kept where a connection is opened: an operation that fails on a connection that stands
 * says nothing of the server, and one that the server left unanswered breaks its connection, so the next one opens one.
 *
 * Errors     PG_UNREACHABLE while the circuit is open; what the opening fails with.
 */
export class PostgresCalls implements Postgres.ConnectGuard {
  private readonly parts: PostgresCallsParts;
  private readonly calls: Cluster.OutsideCalls;

  constructor(parts: PostgresCallsParts) {
    this.parts = parts;
    const { cluster, postgres, connections } = parts;
    const timeoutMs = postgres.POOL_DEFAULTS.connectMs + MARGIN_MS;
    // The pool opens no more than it has places; nothing is tried again here, for its users do.
    const settings = { timeoutMs, maxCalls: connections, maxWaiting: connections, attempts: 1, backoffMs: 0 };
    const isAway = (error: unknown): boolean =>
      postgres.isPostgresError(error) && error.code === "PG_UNREACHABLE";
    this.calls = new cluster.OutsideCalls("PostgreSQL", settings, isAway);
  }

  get health(): { readonly nodes: readonly Cluster.NodeHealth[]; readonly totals: Cluster.OutsideTotals } {
    return { nodes: this.calls.health(), totals: this.calls.totals };
  }

  async connect<T>(open: (ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    const { cluster, postgres, node } = this.parts;
    const options = { operation: "a connection", node: () => node, repeatable: false };
    try {
      return await this.calls.call(options, open, ctx);
    } catch (error) {
      if (!cluster.isClusterError(error)) throw error;
      if (postgres.isPostgresError(error.cause)) throw error.cause;
      throw postgres.postgresError("PG_UNREACHABLE", { address: node, reason: error.message }, error);
    }
  }

  answered(): void {
    this.calls.answered(this.parts.node);
  }
}
