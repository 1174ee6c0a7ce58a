import type { PolicyChange } from "@barrage/protocol";

/** Token bucket: `burst` at once, then `perSecond`. */
export interface BucketSettings {
  readonly perSecond: number;
  readonly burst: number;
}

/** Everything about the engine that an operator may set. The server's config schema describes and checks each value. */
export interface EngineSettings {
  /** Graphemes of one danmaku. */
  readonly contentMax: number;
  /** A busy room is flushed once per window, a quiet one at once; the window adapts to load. */
  readonly flush: {
    readonly minMs: number;
    readonly maxMs: number;
    /** Share of the process's time, 0 to 1, up to which windows stay at their smallest. */
    readonly cpuShare: number;
  };
  readonly window: {
    readonly maxItems: number;
    readonly maxBytes: number;
    /** The resume horizon: control and paid records that are younger are given to whoever comes back. */
    readonly maxAgeMs: number;
    /** Control and paid records kept in memory beside the window; the archive has those beyond. */
    readonly keptItems: number;
    readonly keptBytes: number;
    /** Danmaku that a late joiner gets. */
    readonly snapshotItems: number;
  };
  readonly outbound: {
    /** Unsent bytes of one connection above which ordinary records are shed; likes go midway from `lowBytes`. */
    readonly highBytes: number;
    /** Unsent bytes below which they flow again. */
    readonly lowBytes: number;
    /** Unsent bytes that are never exceeded: what would is a reason to close. */
    readonly limitBytes: number;
    /** How long a connection may stay over `lowBytes` before it is closed as a slow consumer. */
    readonly graceMs: number;
    /** Unsent bytes of all connections together that are never exceeded: the largest holder is closed. */
    readonly processBytes: number;
  };
  /** Silence of a client after which its connection is closed. */
  readonly idleMs: number;
  /** How often clients are told to ping. */
  readonly heartbeatMs: number;
  /** The viewer count is sent at most this often, when it changed. */
  readonly viewersEveryMs: number;
  readonly rooms: {
    /** Publishing to or joining an unknown room makes it: development only. */
    readonly autoCreate: boolean;
    readonly max: number;
    /** What a room that is made begins with; those that are not named are off. */
    readonly policies?: PolicyChange;
    /** A live room without a heartbeat for this long goes offline. */
    readonly heartbeatTimeoutMs: number;
  };
  readonly limits: {
    readonly user: BucketSettings;
    readonly room: BucketSettings;
    readonly address: BucketSettings;
    /** Viewers who come into one room. */
    readonly join: BucketSettings;
  };
  /** Room states are saved this often. */
  readonly checkpointEveryMs: number;
}
