import type { Context } from "@barrage/kernel";
import type { Blocker } from "../events.ts";
import type { MonitorOptions } from "../settings.ts";
import type { Link, Row } from "./link.ts";

/**
 * Sessions that hold up ours, directly or through others, and wait for nobody themselves: ending one of those helps.
 * Only clients: what PostgreSQL does for itself (autovacuum) gives way by itself. Who waits for an advisory lock of ours waits
 * for another process that changes the form of the database: that takes as long as it takes.
 */
const BLOCKERS = `
  WITH RECURSIVE chain (pid) AS (
    SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity
    WHERE pid = ANY ($1::int[]) AND wait_event_type = 'Lock' AND wait_event <> 'advisory'
    UNION
    SELECT unnest(pg_blocking_pids(chain.pid)) FROM chain
  )
  SELECT a.pid, a.state, (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint AS age
  FROM chain JOIN pg_stat_activity a USING (pid)
  WHERE coalesce(a.backend_type, 'client backend') = 'client backend' AND (a.state IS NULL OR a.xact_start IS NOT NULL)
    AND NOT a.pid = ANY ($1::int[]) AND cardinality(pg_blocking_pids(a.pid)) = 0`;

/** State of a session that our user may not see: only a member of pg_read_all_stats does. */
const HIDDEN = "hidden";

/** Only while the session is in the same transaction as when it was found: its number may be another's by now. */
const same = "pid = $1 AND clock_timestamp() - xact_start >= make_interval(secs => $2::float8 / 1000)";
const CANCEL = `SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE ${same}`;
const TERMINATE = `SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE ${same}`;

export async function findBlockers(
  link: Link,
  ours: readonly number[],
  ctx: Context,
): Promise<readonly Blocker[]> {
  const { rows } = await link.query(BLOCKERS, [ours], ctx);
  return rows.map(toBlocker);
}

const toBlocker = (row: Row): Blocker => ({
  pid: Number(row["pid"]),
  state: typeof row["state"] === "string" ? row["state"] : HIDDEN,
  ageMs: Number(row["age"] ?? 0),
});

/** Ends a blocker as far as the policy goes; says what was done. PostgreSQL's refusal is thrown. */
export async function endBlocker(
  link: Link,
  { pid, state, ageMs }: Blocker,
  { cancelAfterMs, terminateIdle }: MonitorOptions,
  ctx: Context,
): Promise<"cancelled" | "terminated" | "watched" | "denied"> {
  if (state === HIDDEN && cancelAfterMs !== false) return "denied";
  if (cancelAfterMs === false || ageMs < cancelAfterMs) return "watched";
  const isIdle = state.startsWith("idle");
  if (isIdle && !terminateIdle) return "watched";
  await link.query(isIdle ? TERMINATE : CANCEL, [pid, cancelAfterMs], ctx);
  return isIdle ? "terminated" : "cancelled";
}
