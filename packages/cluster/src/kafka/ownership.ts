import type { Clock } from "@barrage/kernel";

/** How long work whose partition is given up may commit what it has done, ms; less than what a rebalance waits for it. */
const LAST_COMMIT_MS = 1_000;

/** Who this process is in the group at the moment. */
export interface Membership {
  readonly memberId: string | null;
  readonly generationId: number;
}

/**
 * May work on a partition commit?
 *
 * As long as the partition is ours, and for a moment after it was given up, under the generation in which that was:
 * nobody else has it before this member has joined the next one, and that waits for the work. A membership that was
 * lost in between has another id, and its partition may have been somebody else's.
 */
export class Ownership {
  private readonly membership: Membership;
  private readonly clock: Pick<Clock, "now">;
  private readonly memberId: string | null;
  private end: { readonly generation: number; readonly until: number } | undefined = undefined;

  constructor(membership: Membership, clock: Pick<Clock, "now">) {
    this.membership = membership;
    this.clock = clock;
    this.memberId = membership.memberId;
  }

  /** The partition is given up; `isHeard`: the group has spoken to us within a session. Told once more it stays as it was. */
  giveUp(isHeard: boolean): void {
    const until = isHeard ? this.clock.now() + LAST_COMMIT_MS : 0;
    this.end ??= { generation: this.membership.generationId, until };
  }

  get mayCommit(): boolean {
    if (this.end === undefined) return true;
    const { memberId, generationId } = this.membership;
    const { generation, until } = this.end;
    return memberId === this.memberId && generationId === generation && this.clock.now() < until;
  }
}
