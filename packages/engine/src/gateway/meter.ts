/** How the process's time is measured; the server's is the real one. */
export interface ProcessMeter {
  /** Monotonic, ms, as fine as the platform has it. */
  now(): number;
  /** Time that the event loop was busy since the process began, ms; also while the system let others run. */
  busyMs(): number;
  /** CPU time of the event loop's thread, ms. */
  cpuMs(): number;
  lateness(): Lateness;
}

/** By how much timers of the event loop fired late since the process began, also while the system let others run. */
export interface Lateness {
  /** Timers that were looked at: some in each second, at any time alike. */
  readonly timers: number;
  /** Of all of them together, ms. */
  readonly ms: number;
}

/** What fan-out has cost since the start. */
export interface FanOutWork {
  /** Socket writes of batches. */
  readonly writes: number;
  /** Time that they took, encoding included, ms. */
  readonly ms: number;
}
