/** A session that holds up one of ours. */
export interface Blocker {
  readonly pid: number;
  readonly state: string;
  /** Age of its transaction, ms. */
  readonly ageMs: number;
}

/** What happens to the database, for log and metrics. `postgresLine` says it in words. */
export type PostgresEvent =
  /** It does not answer; the store is not ready from now on. */
  | { readonly type: "postgres_down"; readonly error: unknown }
  | { readonly type: "postgres_up"; readonly afterMs: number }
  /** It was reached, and cannot be used: told once for each reason. */
  | { readonly type: "prepare_failed"; readonly error: unknown }
  | { readonly type: "migrated"; readonly names: readonly string[] }
  /** Every connection is taken, for so long that the store is not ready. */
  | { readonly type: "pool_exhausted"; readonly waitedMs: number }
  | { readonly type: "pool_recovered"; readonly afterMs: number }
  | { readonly type: "connection_lost"; readonly error: unknown }
  /** `denied`: PostgreSQL does not let us; `watched`: the policy says no. */
  | {
      readonly type: "blocker";
      readonly blocker: Blocker;
      readonly done: "cancelled" | "terminated" | "denied" | "watched";
    }
  | { readonly type: "partitions_made"; readonly names: readonly string[] }
  | { readonly type: "partitions_failed"; readonly error: unknown };

export type OnPostgresEvent = (event: PostgresEvent) => void;
