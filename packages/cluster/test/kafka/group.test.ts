import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { KafkaLog, OwnedPartition } from "@barrage/cluster";
import {
  background,
  Channel,
  DeadlineExceededError,
  isCancelled,
  sleep,
  type Context,
} from "@barrage/kernel";
import { danmaku, missingForKafka, requireOrSkip, startKafka, type RunningKafka } from "@barrage/testkit";
import { Admin } from "@platformatic/kafka";
import { ConsumerProcess, type ConsumerOptions, type Said, untilAny } from "./support/consumer-process.ts";
import { openLog } from "./support/open-log.ts";

const ctx = background;
const PARTITIONS = 4;
const SHORT_SESSION_MS = 4_000;
/** Longer than the test's file may take: who waits for its end fails. */
const ENDLESS_SESSION_MS = 1_500_000;

async function cancelled(own: Context): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = own.onCancel(() => resolve());
  await promise;
}

describe("consumers of a group", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 1, settings: { "group.max.session.timeout.ms": "1800000" } });
  });
  after(() => kafka[Symbol.asyncDispose]());

  interface Made {
    readonly log: KafkaLog;
    /** Ids of `count` records in rooms of all partitions. */
    append(name: string, count: number): Promise<readonly string[]>;
    consumer(instanceId: string, more?: Partial<ConsumerOptions>): ConsumerProcess;
  }

  async function made(topic: string, t: TestContext): Promise<Made> {
    const log = await openLog(kafka, t, { topic, partitions: PARTITIONS });
    const options = { brokers: kafka.bootstrap, topic, partitions: PARTITIONS, asks: false };
    return {
      log,
      append: async (name, count) => {
        const ids = Array.from({ length: count }, (_, i) => `${name}${i}`);
        await Promise.all(ids.map((id, i) => log.append({ room: `room${i}`, entry: danmaku(id) }, ctx)));
        return ids;
      },
      consumer: (instanceId, more = {}) =>
        new ConsumerProcess({ ...options, instanceId, sessionTimeoutMs: SHORT_SESSION_MS, ...more }, t),
    };
  }

  const owns =
    (...partitions: readonly number[]) =>
    (said: readonly Said[]): boolean =>
      partitions.every((each) => said.some(({ type, partition }) => type === "owns" && partition === each));
  const all = [0, 1, 2, 3];
  const ownsSome = (said: readonly Said[]): boolean => said.some(({ type }) => type === "owns");

  const missing = (ids: readonly string[], ...by: readonly ConsumerProcess[]): readonly string[] => {
    const passed = new Set(by.flatMap((each) => each.passed));
    return ids.filter((id) => !passed.has(id));
  };

  /** Waits until the coordinator holds a join back for the group's other members. */
  async function rebalancing(group: string): Promise<void> {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [...kafka.bootstrap] });
    try {
      // The client's type spells the states in another way than the brokers.
      const state = async (): Promise<string | undefined> =>
        (await admin.describeGroups({ groups: [group] })).get(group)?.state;
      while ((await state()) !== "PreparingRebalance") await sleep(20, ctx);
    } finally {
      await admin.close();
    }
  }

  it("[KL-30, KL-31] share the partitions, and one takes over from a killed one where that one had committed", async (t) => {
    const { append, consumer } = await made("killed", t);
    const one = consumer("one");
    await one.until(owns(...all));
    const two = consumer("two");
    await two.until(ownsSome);
    const before = await append("before", 40);
    await untilAny([one, two], () => missing(before, one, two).length === 0);

    await one.kill();
    const after = await append("after", 40);

    await two.until(() => missing(after, two).length === 0);
    assert.deepEqual(missing(before, one, two), []);
    // What the killed one had committed is not done again.
    assert.deepEqual(
      two.passed.filter((id) => one.passed.includes(id)),
      [],
    );
    assert.equal(await two.stop(), 0);
  });

  it("[KL-34] a member that cannot join says why, again and again, and one that can says so", async (t) => {
    const { log } = await made("refused", t);
    const told: string[] = [];
    const run = async (sessionTimeoutMs: number, isEnough: () => boolean): Promise<void> => {
      using own = ctx.cancellable({ name: "member" });
      const { promise, resolve } = Promise.withResolvers<void>();
      const member = log.consume(
        {
          group: "refused",
          instanceId: "one",
          sessionTimeoutMs,
          heartbeatMs: sessionTimeoutMs / 2,
          onMembership(change) {
            told.push(change.type === "joined" ? "joined" : `lost: ${String(change.error)}`);
            if (isEnough()) resolve();
          },
        },
        () => Promise.resolve(),
        own,
      );
      await promise;
      own.cancel();
      await member.catch(() => undefined);
    };

    // Brokers take no session as short as that.
    await run(100, () => told.length === 2);
    assert.equal(told.length, 2);
    for (const line of told) assert.match(line, /^lost: .*/);
    assert.equal(told.includes("lost: undefined"), false);

    await run(SHORT_SESSION_MS, () => told.includes("joined"));
  });

  it("[KL-53] work whose own deadline has passed has failed, and is not taken for work that was given up", async (t) => {
    const { log } = await made("late", t);
    const late = new DeadlineExceededError("a store");

    const member = log.consume({ group: "late", instanceId: "one" }, () => Promise.reject(late), ctx);

    await assert.rejects(member, (error) => error === late);
  });

  it("[KL-32] a zombie's commit is refused, and moves nothing back", async (t) => {
    const { log, append, consumer } = await made("zombie", t);
    const zombie = consumer("zombie", { asks: true });
    await zombie.until(owns(...all));
    const ids = await append("d", 40);
    await zombie.until((said) => said.some(({ type }) => type === "given"));

    zombie.freeze();
    const other = consumer("other");
    await other.until(() => missing(ids, other).length === 0);
    const committed = await Promise.all(all.map((i) => log.partition(i).committed("router", ctx)));
    for (const _ of all) zombie.go();
    zombie.thaw();
    await zombie.until((said) => said.some(({ type }) => type === "KAFKA_FENCED" || type === "cancelled"));

    assert.deepEqual(zombie.passed, []);
    assert.deepEqual(await Promise.all(all.map((i) => log.partition(i).committed("router", ctx))), committed);
  });

  it("[KL-35] what was done is committed when a partition is given up, and its next owner begins after it", async (t) => {
    const [{ log, append }, next] = [await made("given-up", t), await made("given-up", t)];
    await append("d", 40);
    const heads = await Promise.all(all.map((i) => log.partition(i).head(ctx)));
    const options = { group: "given-up", sessionTimeoutMs: 30_000, heartbeatMs: 100 };
    const [begun, found] = [new Channel<number>(100), new Channel<OwnedPartition>(100)];
    using leaving = ctx.cancellable();
    using staying = ctx.cancellable();

    const leaver = log.consume(
      { ...options, instanceId: "leaver" },
      async ({ index, commit }, own) => {
        await begun.send(index, ctx);
        await cancelled(own);
        // All at once, when nothing else is left to do.
        await commit(heads[index] ?? 0, ctx);
      },
      leaving,
    );
    for (const _ of all) await begun.receive(ctx);
    const stayer = next.log.consume(
      { ...options, instanceId: "stayer" },
      async (owned, own) => {
        await found.send(owned, ctx);
        await cancelled(own);
      },
      staying,
    );

    const findsTwo = async (): Promise<void> => {
      for (let i = 0; i < 2; i++) {
        const { value } = await found.receive(ctx);
        assert.equal(value?.committed, heads[value?.index ?? -1]);
      }
    };
    await findsTwo();
    leaving.cancel();
    await leaver.catch(() => undefined);
    await findsTwo();
    staying.cancel();
    await stayer.catch(() => undefined);
  });

  it("[KL-36] a member leaves in the middle of a join that the others hold up", async (t) => {
    const [{ log }, next] = [await made("held-up", t), await made("held-up", t)];
    // Whoever does not ask the group for a minute lets everybody who comes wait for as long.
    const options = { group: "held-up", sessionTimeoutMs: ENDLESS_SESSION_MS };
    const begun = new Channel<number>(100);
    using staying = ctx.cancellable();
    using coming = ctx.cancellable();
    const stayer = log.consume(
      { ...options, instanceId: "stayer", heartbeatMs: 60_000 },
      async ({ index }, own) => {
        await begun.send(index, ctx);
        await cancelled(own);
      },
      staying,
    );
    for (const _ of all) await begun.receive(ctx);
    const comer = next.log.consume({ ...options, instanceId: "comer" }, () => Promise.resolve(), coming);
    await rebalancing("held-up");

    const at = ctx.clock.now();
    coming.cancel();
    await assert.rejects(comer, isCancelled);

    assert.equal(ctx.clock.now() - at < 30_000, true);
    staying.cancel();
    await assert.rejects(stayer, isCancelled);
  });

  it("[KL-36] a member leaves while the group's coordinator stands still", async (t) => {
    const { log } = await made("silent", t);
    const begun = new Channel<number>(100);
    using staying = ctx.cancellable();
    const member = log.consume(
      { group: "silent", instanceId: "one", sessionTimeoutMs: ENDLESS_SESSION_MS, heartbeatMs: 500 },
      async ({ index }, own) => {
        await begun.send(index, ctx);
        await cancelled(own);
      },
      staying,
    );
    for (const _ of all) await begun.receive(ctx);
    kafka.freeze(0);
    t.after(() => kafka.thaw(0));

    const at = ctx.clock.now();
    staying.cancel();
    await assert.rejects(member, isCancelled);

    assert.equal(ctx.clock.now() - at < 30_000, true);
    kafka.thaw(0);
  });

  it("[KL-38] who rehearses finds the coordinator and joins nothing, and is called off at once", async (t) => {
    const { log } = await made("rehearsed", t);
    const member = { group: "rehearsed", instanceId: "one" };
    await log.rehearse(member, ctx);

    const admin = new Admin({ clientId: "test", bootstrapBrokers: [...kafka.bootstrap] });
    t.after(() => admin.close());
    assert.equal((await admin.listGroups()).has("rehearsed"), false);

    kafka.freeze(0);
    t.after(() => kafka.thaw(0));
    using own = ctx.cancellable({ name: "rehearsal" });
    const running = log.rehearse(member, own);
    own.cancel();
    await assert.rejects(running, isCancelled);
    kafka.thaw(0);
  });

  it("[KL-33] a member that comes back under its name has its partitions again without waiting for a session to end", async (t) => {
    const { append, consumer } = await made("comes-back", t);
    const first = consumer("router-1", { sessionTimeoutMs: ENDLESS_SESSION_MS });
    await first.until(owns(...all));
    const before = await append("before", 20);
    await first.until(() => missing(before, first).length === 0);
    await first.kill();

    const second = consumer("router-1", { sessionTimeoutMs: ENDLESS_SESSION_MS });
    const after = await append("after", 20);

    await second.until(() => missing(after, second).length === 0);
    assert.deepEqual(
      second.passed.filter((id) => before.includes(id)),
      [],
    );
  });
});
