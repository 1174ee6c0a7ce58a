import type { Context } from "@barrage/kernel";
import { scope, Semaphore, sleep } from "@barrage/kernel";
import type { Post } from "./deliver.ts";
import { deliver } from "./deliver.ts";
import type { PlannedSend } from "./plan.ts";
import type { Tally } from "./tally.ts";

export interface ReplayParts {
  readonly post: Post;
  readonly tally: Tally;
  /** Sends under way at once. */
  readonly concurrency: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Sends a plan at its own times.
 *
 * Shape      danmaku of one sender go one after the other, in the plan's order; different senders overlap.
 * Bounds     at most `concurrency` sends under way; when they are slow the rest is late, none is left out.
 * Errors     the cancel error of `ctx`; what became of each danmaku is in the tally.
 */
export async function replay(sends: readonly PlannedSend[], parts: ReplayParts, ctx: Context): Promise<void> {
  const gate = new Semaphore(parts.concurrency, { name: "replay" });
  const startedAt = ctx.clock.now();
  /** The latest send of each sender that is under way. */
  const lastOf = new Map<string, PromiseLike<void>>();
  await scope(
    async (tasks) => {
      for (const send of sends) {
        const early = startedAt + send.dueMs - ctx.clock.now();
        if (early > 0) await sleep(early, tasks.context);
        const permit = await gate.acquire(1, tasks.context);
        const { uid } = send.author;
        const before = lastOf.get(uid);
        const task = tasks.spawn(
          async (own) => {
            using _ = permit;
            await before;
            parts.tally.add(await deliver(send, parts, own));
            if (lastOf.get(uid) === task) lastOf.delete(uid);
          },
          { name: "replay send" },
        );
        lastOf.set(uid, task);
      }
    },
    { parent: ctx, name: "replay" },
  );
}
