import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { protocolError } from "@barrage/protocol";
import fc from "fast-check";
import { caller, coded, said, settings, user } from "../support/live-engine.ts";
import { ingestProcess, laterLimits, laterStates } from "../support/ingest-process.ts";
import type { IngestProcess } from "../support/ingest-process.ts";

const HOST = user("h", "host");

const say = (
  { half, ctx }: IngestProcess,
  content: string,
  { uid = "u", key = undefined as string | undefined } = {},
) => half.publisher.danmaku(caller(uid), "r", said(content, key), ctx);

/** What a call came to, as something to compare. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    const { code, retryAfterMs } = error as { code: string; retryAfterMs?: number };
    return { code, retryAfterMs };
  }
}

interface Step {
  readonly uid: string;
  readonly text: string;
  readonly key: string | undefined;
  readonly waitMs: number;
  readonly fails: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    uid: fc.constantFrom("a", "b", "m"),
    text: fc.constantFrom("one", "two", "rude"),
    key: fc.constantFrom(undefined, "k1", "k2"),
    waitMs: fc.constantFrom(0, 100, 900, 3_000),
    fails: fc.boolean(),
  }),
  { maxLength: 25 },
);

/** The same story, told to one process. */
async function play(process: IngestProcess, story: readonly Step[]): Promise<readonly unknown[]> {
  const { half, log, clock, ctx } = process;
  const append = log.append.bind(log);
  half.setWords((content) => ({ verdict: content === "rude" ? "reject" : "allow", content, matched: [] }));
  await half.commands.create(HOST, { id: "r" }, ctx);
  const slow = { mode: "on", seconds: 2, exempt: ["moderator"] } as const;
  const unique = { mode: "on", seconds: 5, count: 3 } as const;
  await half.commands.setPolicies(HOST, "r", { slow, unique }, ctx);
  const outcomes: unknown[] = [];
  for (const { uid, text, key, waitMs, fails } of story) {
    await clock.advance(waitMs);
    log.append = fails ? () => Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE")) : append;
    const who = caller(uid, uid === "m" ? "moderator" : "viewer");
    outcomes.push(await outcomeOf(half.publisher.danmaku(who, "r", said(text, key), ctx)));
  }
  return outcomes;
}

describe("what takes publishes", () => {
  it("[PB-11] answers the same whether limits and states are here or elsewhere", async () => {
    const limits = { ...settings.limits, user: { perSecond: 0.5, burst: 3 } };
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        await using here = ingestProcess(() => ({ settings: { ...settings, limits } }));
        await using elsewhere = ingestProcess((local) => ({
          settings: { ...settings, limits },
          states: laterStates(local.states),
          limits: laterLimits(local.limits),
        }));

        assert.deepEqual(await play(elsewhere, story), await play(here, story));
      }),
      { numRuns: 40 },
    );
  });

  it("[PB-11] hands a danmaku to the log within the call where limits and states are here", async () => {
    await using process = ingestProcess();
    await say(process, "makes the room");
    let appends = 0;
    process.log.append = () => {
      appends += 1;
      return Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));
    };

    const call = say(process, "now");

    assert.equal(appends, 1);
    await assert.rejects(call, coded("BARRAGE_LOG_UNAVAILABLE"));
  });

  it("[PB-12] says why a danmaku was not stored, though slow mode cannot forget it", async () => {
    await using process = ingestProcess(({ limits }) => ({
      limits: {
        ...limits,
        slowMode: {
          enter: (...args) => limits.slowMode.enter(...args),
          undo: () => Promise.reject(new Error("away")),
        },
      },
    }));
    const { half, ctx, log } = process;
    await half.commands.create(HOST, { id: "r" }, ctx);
    await half.commands.setSlowMode(HOST, "r", 10, ctx);
    const append = log.append.bind(log);
    log.append = () => Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));

    await assert.rejects(say(process, "a"), coded("BARRAGE_LOG_UNAVAILABLE"));

    log.append = append;
    await assert.rejects(say(process, "a"), coded("BARRAGE_SLOW_MODE"));
  });

  it("[PB-12] of a danmaku that unique mode refuses slow mode knows nothing", async () => {
    await using process = ingestProcess(({ limits }) => ({ limits: laterLimits(limits) }));
    const { half, ctx } = process;
    await half.commands.create(HOST, { id: "r" }, ctx);
    const slow = { mode: "on", seconds: 10, exempt: [] } as const;
    await half.commands.setPolicies(HOST, "r", { slow, unique: { mode: "on", seconds: 60, count: 5 } }, ctx);
    await say(process, "same", { uid: "a" });

    await assert.rejects(say(process, "same", { uid: "b" }), coded("BARRAGE_NOT_UNIQUE"));

    assert.equal("seq" in (await say(process, "other", { uid: "b" })), true);
  });

  it("[PB-13] drains: refuses what is new and waits for what is under way", async () => {
    await using process = ingestProcess();
    const { half, ctx, log } = process;
    await say(process, "makes the room");
    const append = log.append.bind(log);
    const gate = Promise.withResolvers<void>();
    log.append = async (...args) => {
      await gate.promise;
      return append(...args);
    };
    const under = say(process, "under way");
    let isDrained = false;

    const drained = half.drain(ctx).then(() => (isDrained = true));

    await assert.rejects(say(process, "late"), coded("BARRAGE_DRAINING"));
    assert.equal(isDrained, false);
    gate.resolve();
    assert.equal("seq" in (await under), true);
    assert.equal(await drained, true);
  });
});
