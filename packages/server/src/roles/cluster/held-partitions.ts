import type { PartitionFigures } from "@barrage/engine";
import { BarrageError } from "@barrage/protocol";
import { reasonOf } from "../../errors.ts";

type Held = Pick<PartitionFigures, "heldBy">;
export type HeldBy = NonNullable<Held["heldBy"]>;

/** Which of the partitions that are routed here stand still, because a room of theirs cannot be learned of. */
export class HeldPartitions {
  private readonly routed = new Map<number, Held>();

  /** Looks at this partition too, until disposed. */
  watch(index: number, figures: Held): Disposable {
    this.routed.set(index, figures);
    return {
      [Symbol.dispose]: () => {
        // It may have come back meanwhile.
        if (this.routed.get(index) === figures) this.routed.delete(index);
      },
    };
  }

  get count(): number {
    return [...this.routed.values()].filter(({ heldBy }) => heldBy !== undefined).length;
  }

  /** In one sentence for the operator; undefined while none does. */
  get reason(): string | undefined {
    for (const [index, { heldBy }] of this.routed) {
      if (heldBy === undefined) continue;
      const more = this.count === 1 ? "" : `, and ${this.count - 1} more`;
      const rooms = heldBy.rooms === 1 ? "a room" : `${heldBy.rooms} rooms`;
      return `partition ${index}${more} of the log stands still: ${rooms} cannot be learned of (${reasonOf(told(heldBy.error))})`;
    }
    return undefined;
  }
}

/** What clients are told names no server; its cause does. */
const told = (error: unknown): unknown =>
  BarrageError.is(error) && error.code.startsWith("BARRAGE_") ? (error.cause ?? error) : error;
