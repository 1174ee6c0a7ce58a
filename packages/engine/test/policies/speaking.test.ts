import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import type { PolicyChange, Role } from "@barrage/protocol";
import { FakeClock, MemoryLog } from "@barrage/testkit";
import { UniqueMode } from "../../src/ingest/unique-mode.ts";
import { SERVICE, set } from "./desk.ts";
import { caller, carry, coded, join, liveEngine, makePorts, said } from "../support/live-engine.ts";
import type { LiveEngine } from "../support/live-engine.ts";

/** For what keeps time itself: it stands still. */
const ctx = rootContext({ clock: new FakeClock() });
const saying = (content: string) => ({ id: content, content, key: undefined });

interface Speech {
  readonly uid?: string;
  readonly role?: Role;
  readonly id?: string;
}

const say = (live: LiveEngine, content: string, { uid = "u1", role = "viewer", id }: Speech = {}) =>
  carry(live, live.engine.publisher.danmaku(caller(uid, role), "r", said(content, id), live.ctx));

const refused = coded("BARRAGE_NOT_UNIQUE");

const unique = (mode: "on" | "dry_run" | "off", seconds = 60, count = 100): PolicyChange => ({
  unique: { mode, seconds, count },
});

async function room(change: PolicyChange, log?: MemoryLog): Promise<LiveEngine> {
  const live = await liveEngine(log === undefined ? {} : await withLog(log));
  join(live, "r");
  await live.settle();
  await set(live, change);
  return live;
}

async function withLog(log: MemoryLog) {
  const probe = await liveEngine();
  await probe.stop();
  return { clock: probe.clock, ports: { ...makePorts(probe.clock), log } };
}

describe("unique mode", () => {
  it("[RP-19] refuses what was said in the room just now, whoever said it", async () => {
    const live = await room(unique("on"));
    await say(live, "前方高能");

    await assert.rejects(say(live, "前方 高能", { uid: "u2" }), refused);
    await say(live, "something else", { uid: "u2" });
    await live.stop();
  });

  it("[RP-19] for the time that was set: its last millisecond too", async () => {
    for (const [ms, isRefused] of [
      [59_000, true],
      [59_960, true],
      [60_001, false],
    ] as const) {
      const live = await room(unique("on", 60));
      await say(live, "a");
      // Saying it took 30 ms of the clock.
      await live.settle(ms - 30);
      if (isRefused) await assert.rejects(say(live, "a", { uid: "u2" }), refused, `${ms}`);
      else await say(live, "a", { uid: "u2" });
      await live.stop();
    }
  });

  it("[RP-19] and among as many danmaku as were set, at n - 1, n and n + 1", async () => {
    for (const [between, isRefused] of [
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      const live = await room(unique("on", 60, 3));
      await say(live, "a");
      for (let i = 0; i < between; i++) await say(live, `other ${i}`);
      if (isRefused) await assert.rejects(say(live, "a"), refused, `${between}`);
      else await say(live, "a");
      await live.stop();
    }
  });

  it("[RP-19] moderators, hosts and services may repeat, and nobody may repeat what they said", async () => {
    for (const role of ["moderator", "host", "service"] as const) {
      const live = await room(unique("on"));
      await say(live, "a");
      await say(live, "a", { uid: "m", role });
      await say(live, "b", { uid: "m", role });
      await assert.rejects(say(live, "b"), refused);
      await live.stop();
    }
  });

  it("[RP-21] a retry with the same client_msg_id gets the first answer", async () => {
    const live = await room(unique("on"));
    const first = await say(live, "a", { id: "c1" });
    assert.deepEqual(await say(live, "a", { id: "c1" }), first);
    await assert.rejects(say(live, "a", { id: "c2" }), refused);
    await live.stop();
  });

  it("[RP-21] also one that comes while the first is on its way", async () => {
    const live = await room(unique("on"));
    const both = Promise.all([
      live.engine.publisher.danmaku(caller("u1"), "r", said("a", "c1"), live.ctx),
      live.engine.publisher.danmaku(caller("u1"), "r", said("a", "c1"), live.ctx),
    ]);
    const [first, second] = await carry(live, both);
    assert.deepEqual(first, second);
    await live.stop();
  });

  it("[RP-21] what was not stored, or was refused for another reason, was not said", async () => {
    const log = new MemoryLog();
    const live = await room({ ...unique("on"), slow: { mode: "on", seconds: 30, exempt: [] } }, log);
    const append = log.append.bind(log);
    log.append = () => Promise.reject(new Error("disk"));
    await assert.rejects(say(live, "a"));
    log.append = append;
    await say(live, "a");

    await assert.rejects(say(live, "b"), coded("BARRAGE_SLOW_MODE"));
    await say(live, "b", { uid: "u2" });
    // One that repeats does not have to wait for it.
    await assert.rejects(say(live, "b", { uid: "u3" }), refused);
    await say(live, "c", { uid: "u3" });
    await live.stop();
  });

  it("[RP-3] a dry run refuses nothing, and counts", async () => {
    const live = await room(unique("dry_run"));
    await say(live, "a");
    await say(live, "a", { uid: "u2" });
    await say(live, "a", { uid: "u3" });

    const { counts } = await live.engine.commands.policies(SERVICE, "r", live.ctx);
    assert.deepEqual(counts.unique, { on: 0, dry_run: 2 });
    await live.stop();
  });

  it("[RP-1] is off again at once", async () => {
    const live = await room(unique("on"));
    await say(live, "a");
    await set(live, unique("off"));
    await say(live, "a");
    await live.stop();
  });

  it("[RP-20] remembers 2,000 texts of a room, and those of 1,024 rooms; the oldest are forgotten", () => {
    const policy = { mode: "on", seconds: 3_600, count: 2_000 } as const;
    for (const [others, isKnown] of [
      [1_998, true],
      [1_999, true],
      [2_000, false],
    ] as const) {
      const mode = new UniqueMode();
      mode.enter("r", saying("first"), policy, ctx);
      for (let i = 0; i < others; i++) mode.enter("r", saying(`other ${i}`), policy, ctx);
      assert.equal(mode.enter("r", saying("first"), policy, ctx) > 0, isKnown, `${others}`);
    }
    const mode = new UniqueMode();
    for (let i = 0; i < 1_025; i++) mode.enter(`r${i}`, saying("a"), policy, ctx);
    assert.equal(mode.enter("r1", saying("a"), policy, ctx) > 0, true);
    assert.equal(mode.enter("r0", saying("a"), policy, ctx), 0);
  });

  it("[RP-20] and at most 65,536 units of them", () => {
    const policy = { mode: "on", seconds: 3_600, count: 2_000 } as const;
    const long = (i: number) => `${i}`.padStart(5, "x").padEnd(1_000, "ab");
    for (const [others, isKnown] of [
      [64, true],
      [66, false],
    ] as const) {
      const mode = new UniqueMode();
      for (let i = 0; i <= others; i++) mode.enter("r", saying(long(i)), policy, ctx);
      assert.equal(mode.enter("r", saying(long(0)), policy, ctx) > 0, isKnown);
    }
  });
});

describe("slow mode as a policy", () => {
  const slow = (
    mode: "on" | "dry_run" | "off",
    exempt: readonly Role[] = ["moderator", "host", "service"],
  ) => ({
    slow: { mode, seconds: 30, exempt },
  });
  const tooSoon = coded("BARRAGE_SLOW_MODE");

  it("[RP-18] keeps those waiting whose role is not exempt", async () => {
    const live = await room(slow("on", ["host"]));
    for (const role of ["viewer", "moderator"] as const) {
      await say(live, "a", { uid: role, role });
      await assert.rejects(say(live, "b", { uid: role, role }), tooSoon);
    }
    await say(live, "a", { uid: "h", role: "host" });
    await say(live, "b", { uid: "h", role: "host" });
    await live.stop();
  });

  it("[RP-18] its own command turns it on and off, and leaves the rest of it as it is", async () => {
    const live = await room(slow("off", ["host"]));
    const { commands } = live.engine;
    await carry(live, commands.setSlowMode(SERVICE, "r", 12, live.ctx));
    assert.deepEqual((await commands.policies(SERVICE, "r", live.ctx)).policies.slow, {
      mode: "on",
      seconds: 12,
      exempt: ["host"],
    });
    await carry(live, commands.setSlowMode(SERVICE, "r", 0, live.ctx));
    assert.equal((await commands.policies(SERVICE, "r", live.ctx)).policies.slow.mode, "off");
    await live.stop();
  });

  it("[RP-3] a dry run keeps nobody waiting, and counts; viewers see no slow mode", async () => {
    const live = await room(slow("dry_run"));
    await say(live, "a");
    await say(live, "b");

    const { counts } = await live.engine.commands.policies(SERVICE, "r", live.ctx);
    assert.deepEqual(counts.slow, { on: 0, dry_run: 1 });
    const { socket } = join(live, "r");
    await live.settle();
    assert.equal(socket.of("snapshot")[0]?.room.slow_mode_s, 0);
    await live.stop();
  });
});
