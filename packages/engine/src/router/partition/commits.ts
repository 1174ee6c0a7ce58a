import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Progress } from "../../progress.ts";

/** Says to the log how far its records are done for good. Whoever lost the partition is refused. */
export type Commit = (seq: number, ctx: Context) => Promise<void>;

/** Between two commits, ms: what is published after the last one is published again by the next owner. */
const COMMIT_MS = 100;
/** How long the last commit may take when the partition is given up, ms. */
const LAST_MS = 1_000;

/**
 * Commits how far records are published, until `ctx` is cancelled, and then once more.
 *
 * Errors     what `commit` throws, but for that last one: the partition may be somebody else's by then.
 */
export async function commitPublished(
  published: Progress,
  committed: number,
  commit: Commit,
  ctx: Context,
): Promise<void> {
  let at = committed;
  const next = async (own: Context): Promise<void> => {
    const { seq } = published;
    if (seq <= at) return;
    await commit(seq, own);
    at = seq;
  };
  try {
    for (;;) {
      await published.wait(at + 1, ctx);
      await next(ctx);
      await sleep(COMMIT_MS, ctx);
    }
  } catch (error) {
    if (!ctx.cancelled) throw error;
    using last = ctx.detached().cancellable({ name: "last commit", timeout: LAST_MS });
    // Without it the next owner publishes the last batches again, and they are dropped by their seq.
    await next(last).catch(() => undefined);
    ctx.throwIfCancelled();
  }
}
