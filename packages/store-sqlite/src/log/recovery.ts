import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { LogHealth } from "./log-health.ts";
import type { LogThread } from "./log-thread.ts";

/** First pause before a full disk is tried again, and the longest: an operator who made space sees it used in half a minute. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Tries a full disk again and again until it takes a write, or fails in a way that does not mend itself. */
export async function recover(thread: LogThread, health: LogHealth, ctx: Context): Promise<void> {
  for (let pause = FIRST_MS; health.mayRecover; pause = Math.min(pause * 2, LONGEST_MS)) {
    await sleep(pause, ctx);
    await probe(thread, health);
  }
}

/** One try. A background task and not the next append: a server that says "not ready" is sent none. */
export async function probe(thread: LogThread, health: LogHealth): Promise<void> {
  if (!health.mayRecover) return;
  try {
    await thread.push("probe");
    health.recovered();
  } catch (error) {
    health.failed(error);
  }
}
