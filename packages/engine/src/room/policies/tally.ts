import { POLICY_NAMES } from "@barrage/protocol";
import type { PolicyName } from "@barrage/protocol";

/** What one policy did to records, and what it would have done in its dry runs. */
export interface AppliedCounts {
  readonly on: number;
  readonly dry_run: number;
}

/** Records by policy: withheld, merged, made to wait, refused. */
export type PolicyCounts = Readonly<Record<PolicyName, AppliedCounts>>;

type Counting = Record<PolicyName, { on: number; dry_run: number }>;

/** As of the start. */
export const noPolicyCounts = (): PolicyCounts => nothing();

const nothing = (): Counting => ({
  ceiling: { on: 0, dry_run: 0 },
  merge: { on: 0, dry_run: 0 },
  slow: { on: 0, dry_run: 0 },
  unique: { on: 0, dry_run: 0 },
});

/**
 * How often the rooms' policies were applied, since the start of the process that owns the rooms.
 *
 * Bounds     one row for each room in which something was counted.
 */
export class PolicyTally {
  private readonly rooms = new Map<string, Counting>();
  private readonly sum = nothing();

  add(room: string, policy: PolicyName, mode: keyof AppliedCounts): void {
    let counts = this.rooms.get(room);
    if (counts === undefined) {
      counts = nothing();
      this.rooms.set(room, counts);
    }
    counts[policy][mode] += 1;
    this.sum[policy][mode] += 1;
  }

  /** Of all rooms; lives on. */
  get total(): PolicyCounts {
    return this.sum;
  }

  /** As of now. */
  of(room: string): PolicyCounts {
    const counts = this.rooms.get(room) ?? nothing();
    const copy = nothing();
    for (const name of POLICY_NAMES) Object.assign(copy[name], counts[name]);
    return copy;
  }
}
