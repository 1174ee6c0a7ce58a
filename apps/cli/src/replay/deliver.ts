import type { Context } from "@barrage/kernel";
import { sleep } from "@barrage/kernel";
import type { Answer } from "../api/exchange.ts";
import { parseObject } from "../api/exchange.ts";
import type { PlannedSend } from "./plan.ts";
import type { Outcome, Tally } from "./tally.ts";

export type Post = (send: PlannedSend, ctx: Context) => Promise<Answer>;

// First wait before another try, ms, doubled up to the last: a server that restarts is back within some seconds.
const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 5_000;
/** Time, ms, after which a danmaku that keeps failing is given up: longer than a restart, shorter than patience. */
export const GIVE_UP_MS = 120_000;

/** How long to wait before try number `tries + 1`; undefined when there is no point in another. */
export function waitBeforeRetry(answer: Answer, tries: number, random: number): number | undefined {
  if (answer.status === "done" || (answer.status === "refused" && !answer.retryable)) return undefined;
  const backoff = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  const asked = answer.status === "refused" ? (answer.retryAfterMs ?? 0) : 0;
  // Spread, so that all who were refused together do not come back together; never before the server asked.
  return Math.max(asked, backoff / 2) + (backoff / 2) * random;
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.status === "unreachable") return { status: "lost", code: "UNREACHABLE" };
  if (answer.status === "refused") return { status: "lost", code: answer.code };
  return { status: parseObject(answer.text)?.["held"] === true ? "held" : "acked" };
}

/** Sends one danmaku until it is answered for good. Every try carries the same `client_msg_id`. */
export async function deliver(
  send: PlannedSend,
  parts: { readonly post: Post; readonly tally: Tally; readonly random: () => number },
  ctx: Context,
): Promise<Outcome> {
  const startedAt = ctx.clock.now();
  for (let tries = 1; ; tries += 1) {
    const answer = await parts.post(send, ctx);
    const wait = waitBeforeRetry(answer, tries, parts.random());
    if (wait === undefined || ctx.clock.now() + wait - startedAt > GIVE_UP_MS) return outcomeOf(answer);
    parts.tally.retries += 1;
    await sleep(wait, ctx);
  }
}
