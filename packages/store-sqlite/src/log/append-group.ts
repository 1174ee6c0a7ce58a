import type { AppendOutcome, IdempotencyKey } from "@barrage/engine";
import type { Entry } from "@barrage/protocol";

export type WriteKind = "live" | "imported" | "hold";

/** One record to write. `body` is the entry's JSON, made once. */
export interface Write {
  readonly kind: WriteKind;
  readonly room: string;
  readonly entry: Entry;
  readonly body: string;
  readonly key: IdempotencyKey | undefined;
  readonly releases: string | undefined;
  /** JSON of the words a held one matched. */
  readonly matched: string | undefined;
}

/** Writes that happen together or not at all: one, or the many of an import. */
export interface Unit {
  readonly writes: readonly Write[];
  readonly bytes: number;
}

/** A group of units as it crosses to the thread: columns, which copy cheaper than rows of objects. */
export interface GroupColumns {
  /** Wall clock, ms: from which idempotency keys are old. */
  readonly now: number;
  /** Number of writes in each unit. */
  readonly units: readonly number[];
  readonly kind: readonly WriteKind[];
  readonly room: readonly string[];
  readonly id: readonly string[];
  readonly uid: readonly string[];
  readonly at: readonly number[];
  readonly body: readonly string[];
  readonly keyScope: readonly (string | null)[];
  readonly keyId: readonly (string | null)[];
  readonly keyHash: readonly (string | null)[];
  readonly releases: readonly (string | null)[];
  readonly matched: readonly (string | null)[];
}

/** What became of one write. The last three write nothing, and undo their unit. */
export type WriteStatus = AppendOutcome["status"] | "conflict" | "held_unknown" | "held_full";

export interface GroupResult {
  readonly status: readonly WriteStatus[];
  /** 0 where there is none. */
  readonly seq: readonly number[];
  readonly id: readonly string[];
}

export const isRefused = (status: WriteStatus): status is "conflict" | "held_unknown" | "held_full" =>
  status === "conflict" || status === "held_unknown" || status === "held_full";

export function toColumns(units: readonly Unit[], now: number): GroupColumns {
  const all = units.flatMap(({ writes }) => writes);
  return {
    now: Math.trunc(now),
    units: units.map(({ writes }) => writes.length),
    kind: all.map(({ kind }) => kind),
    room: all.map(({ room }) => room),
    id: all.map(({ entry }) => entry.id),
    uid: all.map(({ entry }) => entry.author.uid),
    at: all.map(({ entry }) => entry.at),
    body: all.map(({ body }) => body),
    keyScope: all.map(({ key }) => key?.scope ?? null),
    keyId: all.map(({ key }) => key?.id ?? null),
    keyHash: all.map(({ key }) => key?.bodyHash ?? null),
    releases: all.map(({ releases }) => releases ?? null),
    matched: all.map(({ matched }) => matched ?? null),
  };
}
