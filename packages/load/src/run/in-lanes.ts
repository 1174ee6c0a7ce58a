import { scope } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";

/** Runs `body` for each item, at most `lanes` at a time, in order of start. Errors: the first failure, which ends the others. */
export async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  parent: Context,
  body: (item: T, ctx: Context, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (ctx: Context): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) await body(item, ctx, index);
    }
  };
  try {
    await scope(
      (tasks: Scope) => {
        for (let count = Math.min(lanes, items.length); count > 0; count -= 1)
          tasks.spawn(lane, { name: "lane" });
      },
      { parent },
    );
  } catch (error) {
    // Lanes fail together, for one reason: a person reads it once.
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
