/** The rows of the table: what is measured, and what the goal is. Numbers are those of the goals list. */
export interface TimedRow {
  readonly number: string;
  readonly key: string;
  readonly what: string;
  readonly goalNs: number;
}

export const TIMED: readonly TimedRow[] = [
  { number: "1", key: "unbuffered", what: "unbuffered, one item through", goalNs: 150 },
  { number: "2", key: "buffered", what: "buffered(64), one item through", goalNs: 110 },
  { number: "3", key: "try-pair", what: "trySend + tryReceive", goalNs: 25 },
  { number: "4a", key: "select-ready", what: "select of 4, one ready", goalNs: 200 },
  { number: "4b", key: "select-parked", what: "select of 4, parked", goalNs: 700 },
  { number: "6a", key: "spawn-join", what: "spawn, join of 100", goalNs: 300 },
  { number: "6b", key: "spawn", what: "spawn, task awaited", goalNs: 300 },
  { number: "8", key: "context", what: "child context, cancelled", goalNs: 150 },
  { number: "9a", key: "acquire", what: "acquire + release", goalNs: 80 },
  { number: "9b", key: "acquire-using", what: "the same by `using`", goalNs: 80 },
];

export interface ValueRow {
  readonly number: string;
  readonly key: string;
  readonly what: string;
  readonly goal: number;
  readonly unit: string;
  /** Is it about the kernel with its tools on? They stay on in a process, so it is measured by a file of its own. */
  readonly tools?: true;
}

export const VALUES: readonly ValueRow[] = [
  { number: "5", key: "select-residue", what: "left by 1 M selects", goal: 1_000_000, unit: "B" },
  {
    number: "6c",
    key: "stacks-sampled",
    what: "as 6a, tools on, stacks sampled",
    goal: 350,
    unit: "ns",
    tools: true,
  },
  {
    number: "6d",
    key: "stacks-full",
    what: "as 6a, tools on, all stacks",
    goal: 2_000,
    unit: "ns",
    tools: true,
  },
  { number: "7", key: "parked-task", what: "a parked task", goal: 600, unit: "B" },
  { number: "8", key: "context-residue", what: "left by 1 M contexts", goal: 100_000, unit: "B" },
  { number: "10a", key: "snapshot", what: "groups of 100 k tasks", goal: 15, unit: "ms" },
  { number: "10b", key: "monitor", what: "monitor beside 10 k tasks", goal: 1, unit: "% CPU", tools: true },
  { number: "11", key: "leak-proof", what: "leak proof, per task", goal: 80, unit: "ns", tools: true },
  { number: "12", key: "punctual", what: "immediate under ping-pong, p99", goal: 10, unit: "ms" },
  { number: "13", key: "cancel", what: "10 k tasks cancelled, cleaned up", goal: 50, unit: "ms" },
];
