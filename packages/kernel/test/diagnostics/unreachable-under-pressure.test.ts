import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Channel,
  go,
  liveTasks,
  Mutex,
  nextTurn,
  recv,
  Scope,
  select,
  Semaphore,
  sleep,
} from "@barrage/kernel";
import { onLeak } from "@barrage/kernel/diagnostics";
import { leavesTasks, seededRandom } from "@barrage/testkit";
import { collectGarbage } from "../garbage.ts";

const SEED = Number(process.env["BARRAGE_TEST_SEED"] ?? 20_261_121);
const ROUNDS = 30;
const TASKS_A_ROUND = 60;

/** A task that waits, and what has to be kept so that something can wake it. */
type Wait = (name: string) => object;

const WAITS: readonly Wait[] = [
  (name) => {
    const channel = new Channel<void>();
    go(() => channel.receive(), { name });
    return channel;
  },
  (name) => {
    const channels = [new Channel<number>(), new Channel<number>()] as const;
    go(() => select({ a: recv(channels[0]), b: recv(channels[1]) }), { name });
    return channels[1];
  },
  (name) => {
    const lock = new Mutex();
    lock.tryLock();
    go(() => lock.lock(), { name });
    return lock;
  },
  (name) => {
    const slots = new Semaphore(2);
    slots.tryAcquire(2);
    go(() => slots.acquire(), { name });
    return slots;
  },
  (name) => {
    const scope = new Scope();
    scope.spawn((ctx) => new Channel<void>().receive(ctx), { name });
    return scope;
  },
  (name) => {
    // Two tasks away: what is kept wakes a task that alone knows the channel of the next one.
    const [outer, inner] = [new Channel<void>(), new Channel<void>()];
    go(() => inner.receive(), { name });
    go(() => outer.receive().then(() => inner.close()), { name });
    return outer;
  },
  (name) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    go(() => promise, { name });
    return resolve;
  },
];

/** Fills the young and the old space, and lets both be collected. */
async function pressure(random: () => number): Promise<void> {
  const held: unknown[] = [];
  for (let i = 0; i < 2_000; i++) {
    const piece = { text: `${i}`.repeat(20), bytes: new Uint8Array(Math.floor(random() * 512)) };
    if (random() < 0.1) held.push(piece);
  }
  go(() => nextTurn(), { name: "short" });
  await collectGarbage();
}

describe("the leak proof under the pressure of collections", () => {
  it(`[KD-20][KD-21] reports what was let go of, all of it, and nothing that is kept (seed ${SEED})`, async () => {
    leavesTasks("what was let go of cannot be ended");
    const random = seededRandom(SEED);
    const kept = new Map<string, object>();
    const letGo = new Set<string>();
    const reported: string[] = [];
    using _watch = onLeak(
      ({ kind, groups }) => {
        if (kind !== "unreachable") return;
        for (const { labels } of groups) reported.push(labels["task"] ?? "");
      },
      { everyMs: 3_600_000 },
    );
    const sleeper = new Scope();
    sleeper.spawn((ctx) => sleep(2 ** 30, ctx), { name: "sleeper" });

    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < TASKS_A_ROUND; i++) {
        const name = `${round}/${i}`;
        kept.set(name, WAITS[i % WAITS.length]!(name));
      }
      await pressure(random);
      for (const name of kept.keys()) {
        if (random() < 0.05 && kept.delete(name)) letGo.add(name);
      }
      assert.deepEqual(
        reported.filter((name) => !letGo.has(name)),
        [],
      );
    }
    for (let i = 0; i < 50 && new Set(reported).size < letGo.size; i++) await pressure(random);

    assert.deepEqual(
      reported.filter((name) => !letGo.has(name)),
      [],
    );
    assert.deepEqual(
      [...letGo].filter((name) => !reported.includes(name)),
      [],
    );
    const alive = new Set(liveTasks().map(({ name }) => name));
    assert.deepEqual(
      [...kept.keys(), "sleeper"].filter((name) => !alive.has(name)),
      [],
    );
    await sleeper[Symbol.asyncDispose]();
  });
});
