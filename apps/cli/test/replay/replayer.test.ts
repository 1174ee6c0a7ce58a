import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";
import type { Answer } from "../../src/api/exchange.ts";
import type { Post } from "../../src/replay/deliver.ts";
import { GIVE_UP_MS, waitBeforeRetry } from "../../src/replay/deliver.ts";
import type { PlannedSend } from "../../src/replay/plan.ts";
import { replay } from "../../src/replay/replayer.ts";
import { Tally } from "../../src/replay/tally.ts";

const DONE: Answer = { status: "done", http: 202, text: "{}" };
const refused = (retryable: boolean, retryAfterMs?: number): Answer => ({
  status: "refused",
  code: "BARRAGE_RATE_LIMITED",
  message: "",
  retryable,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

const send = (index: number, dueMs: number, uid = `u${index}`): PlannedSend => ({
  index,
  dueMs,
  author: { uid, name: uid },
  body: { content: `text ${index}`, client_msg_id: `k${index}` },
});

/** Replays with `post` on a clock that jumps to the next timer whenever everything waits. */
async function run(
  sends: readonly PlannedSend[],
  post: Post,
  concurrency = 4,
): Promise<{ tally: Tally; clock: FakeClock }> {
  const clock = new FakeClock();
  const tally = new Tally(sends.length);
  const ctx = rootContext({ clock });
  let isDone = false;
  const all = replay(sends, { post, tally, concurrency, random: () => 0.5 }, ctx).finally(
    () => (isDone = true),
  );
  while (!isDone) {
    await clock.advance(50);
  }
  await all;
  return { tally, clock };
}

describe("replay", () => {
  it("[CL-20] sends each danmaku when it is due, not before", async () => {
    const sentAt: number[] = [];
    await assertNoLeaks(async () => {
      await run([send(0, 0), send(1, 1_000), send(2, 3_000)], (_, ctx) => {
        sentAt.push(ctx.clock.now());
        return Promise.resolve(DONE);
      });
    });

    const start = sentAt[0] ?? 0;
    assert.deepEqual(
      sentAt.map((at) => at - start),
      [0, 1_000, 3_000],
    );
  });

  it("[CL-20] sends danmaku of one sender one after the other, in order", async () => {
    const events: string[] = [];
    await run([send(0, 0, "a"), send(1, 0, "a"), send(2, 0, "a")], async ({ index }) => {
      events.push(`begin ${index}`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`end ${index}`);
      return DONE;
    });

    assert.deepEqual(events, ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  });

  it("[CL-23] has at most so many sends under way", async () => {
    let [underWay, most] = [0, 0];
    await run(
      Array.from({ length: 20 }, (_, index) => send(index, 0)),
      async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return DONE;
      },
      3,
    );

    assert.equal(most, 3);
  });

  it("[CL-21] tries again with the same key, and counts it once", async () => {
    const keys: (string | undefined)[] = [];
    const answers = [refused(true), { status: "unreachable", reason: "cut" } as const, DONE];
    const { tally } = await run([send(0, 0)], ({ body }) => {
      keys.push(body.client_msg_id);
      return Promise.resolve(answers[keys.length - 1] ?? DONE);
    });

    assert.deepEqual(keys, ["k0", "k0", "k0"]);
    assert.deepEqual([tally.sent, tally.acked, tally.retries], [1, 1, 2]);
  });

  it("[CL-21] gives up after two minutes", async () => {
    const { tally, clock } = await run([send(0, 0)], () =>
      Promise.resolve({ status: "unreachable", reason: "down" }),
    );

    assert.deepEqual([tally.lost, tally.lostByCode.get("UNREACHABLE")], [1, 1]);
    assert.ok(clock.now() <= GIVE_UP_MS + 5_000);
  });

  it("[CL-22] counts a final refusal by its code, and a held one apart", async () => {
    const { tally } = await run([send(0, 0), send(1, 0)], ({ index }) =>
      Promise.resolve(index === 0 ? refused(false) : { ...DONE, text: '{"held":true}' }),
    );

    assert.deepEqual([tally.acked, tally.held, tally.lost, tally.retries], [0, 1, 1, 0]);
    assert.equal(tally.lostByCode.get("BARRAGE_RATE_LIMITED"), 1);
  });
});

describe("waitBeforeRetry", () => {
  it("[CL-21] is never shorter than Retry-After", () => {
    for (const random of [0, 0.5, 0.999]) {
      assert.ok((waitBeforeRetry(refused(true, 3_000), 1, random) ?? 0) >= 3_000);
    }
  });

  it("[CL-21] doubles up to its limit, and is spread", () => {
    const waits = [1, 2, 3, 20].map((tries) => waitBeforeRetry(refused(true), tries, 0));
    assert.deepEqual(waits, [100, 200, 400, 2_500]);
    assert.equal(waitBeforeRetry(refused(true), 1, 1), 200);
  });

  it("[CL-21] is none after an answer or a final refusal", () => {
    assert.equal(waitBeforeRetry(DONE, 1, 0), undefined);
    assert.equal(waitBeforeRetry(refused(false), 1, 0), undefined);
  });
});
