/** A danmaku that was acknowledged with 202. */
export interface Acked {
  readonly room: string;
  readonly content: string;
  readonly id: string;
  readonly seq: number;
  /** When the answer came, ms of this process's clock. */
  readonly at: number;
}

/** A record as a viewer received it. */
export interface Seen {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly n: number;
  readonly content: string;
  /** When it came, ms of this process's clock. */
  readonly at: number;
}

/** Records that a viewer was told it does not get: after `from`, up to and with `to`. */
export interface Withheld {
  readonly from: number;
  readonly to: number;
}

/** All that one viewer noted, over all of its connections. */
export interface Sight {
  readonly viewer: string;
  readonly room: string;
  /** seq from which on it had to see everything. */
  readonly since: number;
  readonly seen: readonly Seen[];
  readonly withheld: readonly Withheld[];
  /** Breaks of the wire's own rules: a `prev` that is not the last seq, a batch whose records are not within it. */
  readonly faults: readonly string[];
}

/** A record as the archive has it. */
export interface Archived {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly n: number;
  readonly content?: string;
}
