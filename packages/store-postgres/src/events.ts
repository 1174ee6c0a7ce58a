/** A session that holds up one of ours. */
export interface Blocker {
  readonly pid: number;
  readonly state: string;
  /** Age of its transaction, ms. */
  readonly ageMs: number;
}

/** What happens to the archive's database, for log and metrics. */
export type PostgresEvent =
  | { readonly type: "postgres_down"; readonly error: unknown }
  | { readonly type: "postgres_up" }
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
