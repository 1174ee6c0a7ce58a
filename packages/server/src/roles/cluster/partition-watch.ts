import type { LogPartition } from "@barrage/engine";
import type { OwnedPartition, PartitionWork } from "@barrage/cluster";
import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** A partition of the log that this process works on. */
export interface OwnedFigures {
  readonly partition: number;
  /** Records that the partition has and this process has not committed. */
  readonly behind: number;
}

/** What a group's member does here, as a metrics page tells it. */
export interface PartitionFigures {
  readonly role: "router" | "archiver";
  readonly owned: readonly OwnedFigures[];
  /** Partitions that came to this process since its start. */
  readonly takeovers: number;
}

/** A partition as far as its end may be asked for. */
export interface PartitionEnd extends LogPartition {
  /** seq of the last record, 0 when none was ever appended. */
  head(ctx: Context): Promise<number>;
}

/** How often the ends of the owned partitions are asked for, ms. */
const LOOK_MS = 2_000;
/** seq = epoch x 2^40 + offset. */
const OFFSETS = 2 ** 40;

interface Owned {
  committed: number;
  head: number;
}

/** Which partitions of the log are worked on here, and how far behind that work is. */
export class PartitionWatch {
  private readonly role: PartitionFigures["role"];
  private readonly endOf: (index: number) => Pick<PartitionEnd, "head">;
  private readonly owned = new Map<number, Owned>();
  private takeovers = 0;

  constructor(role: PartitionFigures["role"], endOf: (index: number) => Pick<PartitionEnd, "head">) {
    this.role = role;
    this.endOf = endOf;
  }

  get figures(): PartitionFigures {
    const owned = [...this.owned].map(([partition, one]) => ({ partition, behind: behindOf(one) }));
    return {
      role: this.role,
      owned: owned.toSorted((a, b) => a.partition - b.partition),
      takeovers: this.takeovers,
    };
  }

  /** The same work, watched. */
  watched(work: PartitionWork): PartitionWork {
    return async (owned, ctx) => {
      const noted: Owned = { committed: owned.committed, head: owned.committed };
      this.owned.set(owned.index, noted);
      this.takeovers += 1;
      const commit: OwnedPartition["commit"] = async (seq, own) => {
        await owned.commit(seq, own);
        noted.committed = Math.max(noted.committed, seq);
      };
      try {
        await work({ index: owned.index, committed: owned.committed, commit }, ctx);
      } finally {
        if (this.owned.get(owned.index) === noted) this.owned.delete(owned.index);
      }
    };
  }

  /** Looks where the partitions end, until cancelled. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(LOOK_MS, ctx);
    for await (const _ of ticker) {
      for (const [index, noted] of this.owned) {
        try {
          noted.head = await this.endOf(index).head(ctx);
        } catch {
          ctx.throwIfCancelled();
          // Kafka is away, which the log says itself.
        }
      }
    }
  }
}

function behindOf({ committed, head }: Owned): number {
  if (head === 0) return 0;
  // Nothing committed yet: everything of the epoch is to be done.
  const done = committed === 0 ? Math.floor(head / OFFSETS) * OFFSETS - 1 : committed;
  return Math.max(0, head - done);
}
