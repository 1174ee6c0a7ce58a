/** One metric: its row in the reference page and its help text are the same. */
export interface MetricSpec {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, seconds. */
  readonly buckets?: readonly number[];
  /**
   * Who tells of it where there are several processes: the owner of log and rooms, each gateway, or every process.
   * Absent: each gateway.
   */
  readonly of?: "owner" | "process";
  /** How the figures of several processes become one; absent: their sum. */
  readonly combine?: "max" | "min";
  /** A gauge that counts: it stays when the process that counted ends. */
  readonly isCumulative?: true;
}

/** Around the goals: an ack within some ms, a delivery within 43 ms at the 95th percentile. */
const LATENCY_S = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.043, 0.06, 0.1, 0.2, 0.5, 1, 2.5, 5];

export const METRICS = {
  barrage_connections: { kind: "gauge", help: "Open WebSocket connections.", labels: [] },
  barrage_rooms: { of: "owner", kind: "gauge", help: "Rooms that are not closed.", labels: [] },
  barrage_published_total: {
    of: "owner",
    kind: "counter",
    help: "Records taken into a room's order and published to its viewers.",
    labels: [],
  },
  barrage_delivered_total: {
    kind: "counter",
    help: "Records whose socket write completed, over all connections.",
    labels: [],
  },
  barrage_shed_total: {
    kind: "counter",
    help: "Records withheld from a connection; the viewer was told.",
    labels: ["reason"],
  },
  barrage_muted_total: {
    of: "owner",
    kind: "counter",
    help: "Records dropped in log order because their sender was muted.",
    labels: [],
  },
  barrage_policy_records_total: {
    of: "owner",
    kind: "counter",
    help: "Records that a room policy was applied to (mode on), or would have been (dry_run): withheld, merged, made to wait, refused.",
    labels: ["policy", "mode"],
  },
  barrage_lost_at_close_total: {
    kind: "counter",
    help: "Records still unsent in a connection's buffer when it closed.",
    labels: [],
  },
  barrage_duplicates_total: {
    kind: "counter",
    help: "Batches that came twice and were dropped.",
    labels: [],
  },
  barrage_ledger_records: {
    isCumulative: true,
    kind: "gauge",
    help: "Records by what became of them, over all connections: published + replayed is the sum of the other terms.",
    labels: ["term"],
  },
  barrage_ledger_imbalance_records: {
    isCumulative: true,
    kind: "gauge",
    help: "Records that no term of the ledger accounts for; anything but 0 is a fault of the accounting.",
    labels: [],
  },
  barrage_room_ledger_records: {
    kind: "gauge",
    help: "The ledger of each of the ten rooms with most viewers.",
    labels: ["room", "term"],
  },
  barrage_flush_window_seconds: {
    of: "owner",
    kind: "gauge",
    help: "The longest flush window in force.",
    labels: [],
  },
  barrage_outbound_bytes: { kind: "gauge", help: "Unsent bytes of all connections together.", labels: [] },
  barrage_outbound_peak_bytes: {
    combine: "max",
    kind: "gauge",
    help: "The most unsent bytes that there were at once since the start, of one connection and of all together.",
    labels: ["of"],
  },
  barrage_verdicts_total: {
    of: "owner",
    kind: "counter",
    help: "What the keyword list said of danmaku.",
    labels: ["verdict"],
  },
  barrage_connections_closed_total: {
    kind: "counter",
    help: "Connections that have ended, by close code.",
    labels: ["code"],
  },
  barrage_feed_gaps_total: {
    kind: "counter",
    help: "Times that a batch was missing on the feed, and a gateway read the room's window for it.",
    labels: [],
  },
  barrage_room_queue_full_total: {
    kind: "counter",
    help: "Times that a room's batches came faster than its viewers were handed them, and a gateway read the window instead.",
    labels: [],
  },
  barrage_publish_failures_total: {
    of: "owner",
    kind: "counter",
    help: "Batches that could not be written to the window or published, and were tried again.",
    labels: [],
  },
  barrage_log_failures_total: {
    of: "owner",
    kind: "counter",
    help: "Times that the router could not read the log, and tried again.",
    labels: [],
  },
  barrage_archive_failures_total: {
    of: "owner",
    kind: "counter",
    help: "Writes to the archive that failed.",
    labels: [],
  },
  barrage_ack_seconds: {
    kind: "histogram",
    help: "From the request's head to the answer of an accepted publish over HTTP.",
    labels: [],
    buckets: LATENCY_S,
  },
  barrage_delivery_seconds: {
    kind: "histogram",
    help: "From ingest of a batch's oldest record to its last socket write; one observation a batch.",
    labels: [],
    buckets: LATENCY_S,
  },
  barrage_http_requests_total: {
    kind: "counter",
    help: "HTTP requests, by route and status; status 499 is a client that hung up.",
    labels: ["method", "route", "status"],
  },
  barrage_event_loop_delay_seconds: {
    of: "process",
    combine: "max",
    kind: "gauge",
    help: "Delay of the event loop since the last scrape.",
    labels: ["quantile"],
  },
  process_cpu_seconds_total: {
    of: "process",
    kind: "counter",
    help: "Processor time of this process, all its threads, user and system.",
    labels: [],
  },
  process_resident_memory_bytes: {
    of: "process",
    kind: "gauge",
    help: "Resident memory of this process.",
    labels: [],
  },
  barrage_live_tasks: { of: "process", kind: "gauge", help: "Kernel tasks that have not ended.", labels: [] },
  barrage_tasks_live: {
    of: "process",
    kind: "gauge",
    help: "Kernel tasks that have not ended, by scope and name; while the monitor is on.",
    labels: ["group"],
  },
  barrage_task_panic_total: {
    of: "process",
    kind: "counter",
    help: "Tasks that failed with nobody to tell, by task; while the monitor is on.",
    labels: ["task"],
  },
  barrage_leak_suspected_total: {
    of: "process",
    kind: "counter",
    help: "What the monitor took for a leak, by kind.",
    labels: ["kind"],
  },
  barrage_task_failures_total: {
    of: "process",
    kind: "counter",
    help: "Tasks that failed with nobody to tell.",
    labels: [],
  },
  barrage_log_queue: {
    of: "owner",
    kind: "gauge",
    help: "Appends that wait for their group's commit.",
    labels: [],
  },
  barrage_log_queue_bytes: {
    of: "owner",
    kind: "gauge",
    help: "Bytes of the appends that wait.",
    labels: [],
  },
  barrage_log_appended_total: {
    of: "owner",
    kind: "counter",
    help: "Records appended to the log.",
    labels: [],
  },
  barrage_log_groups_total: {
    of: "owner",
    kind: "counter",
    help: "Commits (one fsync each) of the log.",
    labels: [],
  },
  barrage_ready: {
    combine: "min",
    kind: "gauge",
    help: "1 while work may be sent here, else 0.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;
