import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Effect } from "../../src/session/effects.ts";
import type { Session } from "../../src/session/state.ts";
import { startSession } from "../../src/session/state.ts";
import { step } from "../../src/session/transitions.ts";
import type { Happening, Policy, Step } from "../../src/session/transitions.ts";
import { batch, snapshot } from "../records.ts";

const POLICY: Policy = {
  room: "demo",
  backoff: { baseMs: 1_000, maxMs: 30_000 },
  handshakeMs: 10_000,
  pongMs: 10_000,
  stableMs: 5_000,
  canRefresh: true,
};

function run(session: Session, happening: Happening, change: { now?: number; policy?: Policy } = {}): Step {
  return step(session, { ...happening, now: change.now ?? 0, random: 0.5 }, change.policy ?? POLICY);
}
const connecting = (): Session => run(startSession(), { type: "start" }).session;
const live = (): Session => run(connecting(), { type: "frame", frame: snapshot(5) }).session;
const closed = (code: number): Happening => ({ type: "socket-closed", code, reason: "" });
const states = (next: Step): unknown[] =>
  next.effects.flatMap((effect) => (effect.type === "state" ? [effect.state] : []));
const kinds = (next: Step): Effect["type"][] => next.effects.map((effect) => effect.type);

describe("session transitions", () => {
  it("[SE-1] goes from connecting to live by the snapshot", () => {
    const next = run(connecting(), { type: "frame", frame: snapshot(5) });

    assert.equal(next.session.phase.name, "live");
    assert.deepEqual(states(next), [{ type: "live", resumed: false }]);
  });

  it("[SE-2] leaves a server that shows nothing", () => {
    const next = run(connecting(), { type: "timer", timer: "handshake" });

    assert.equal(next.session.phase.name, "waiting");
    assert.equal(next.effects[0]?.type, "drop");
  });

  it("[SE-2] takes a batch before the snapshot for a fault", () => {
    assert.ok(kinds(run(connecting(), { type: "frame", frame: batch(0, [1]) })).includes("fault"));
  });

  for (const code of [1000, 1001, 1006, 4000, 4001, 4499]) {
    it(`[SE-3] comes back after ${code}`, () => {
      assert.deepEqual(states(run(live(), closed(code))), [{ type: "waiting", retryInMs: 500, code }]);
    });
  }

  for (const code of [1008, 1009, 4500, 4502, 4503, 4999]) {
    it(`[SE-3] stays away after ${code}`, () => {
      const next = run(live(), closed(code));

      assert.deepEqual(states(next), [{ type: "closed", code, reason: "" }]);
      assert.deepEqual(run(next.session, { type: "retry-now" }).effects, []);
    });
  }

  it("[SE-4] doubles the wait with every attempt, up to the limit", () => {
    const waits: number[] = [];
    let session = connecting();
    for (let attempt = 0; attempt < 7; attempt++) {
      const next = run(session, closed(1006));
      waits.push(...next.effects.flatMap((effect) => (effect.type === "arm" ? [effect.ms] : [])));
      session = run(next.session, { type: "timer", timer: "retry" }).session;
    }

    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  for (const [ms, wait] of [
    [4_999, 1_000],
    [5_000, 500],
  ] as const) {
    it(`[SE-4] waits ${wait} ms after a second connection that was live for ${ms} ms`, () => {
      const again = run(run(connecting(), closed(1006)).session, { type: "retry-now" }).session;
      const session = run(again, { type: "frame", frame: snapshot(5) }).session;
      const next = run(session, closed(1006), { now: ms });

      assert.deepEqual(states(next), [{ type: "waiting", retryInMs: wait, code: 1006 }]);
    });
  }

  it("[SE-5] waits as long as the bye says, once", () => {
    const bye = { type: "bye", reason: "drain", retry_ms: 7_000 } as const;
    const first = run(run(live(), { type: "frame", frame: bye }).session, closed(4000));
    const second = run(run(first.session, { type: "retry-now" }).session, closed(4000));

    assert.deepEqual(states(first), [{ type: "waiting", retryInMs: 7_000, code: 4000 }]);
    assert.deepEqual(states(second), [{ type: "waiting", retryInMs: 1_000, code: 4000 }]);
  });

  it("[SE-6] asks for a token after 4005, and connects with it", () => {
    const asked = run(run(live(), closed(4005)).session, { type: "timer", timer: "retry" });
    const next = run(asked.session, { type: "token", renewed: true });

    assert.ok(kinds(asked).includes("refresh-token"));
    assert.equal(kinds(asked).includes("open"), false);
    assert.ok(kinds(next).includes("open"));
  });

  it("[SE-6] waits and asks again when there is no token, and ends where nobody can be asked", () => {
    const asked = run(run(live(), closed(4005)).session, { type: "timer", timer: "retry" });
    const failed = run(asked.session, { type: "token", renewed: false });
    const again = run(failed.session, { type: "timer", timer: "retry" });

    assert.equal(failed.session.phase.name, "waiting");
    assert.ok(kinds(again).includes("refresh-token"));
    const policy = { ...POLICY, canRefresh: false };
    assert.equal(run(live(), closed(4005), { policy }).session.phase.name, "closed");
  });

  it("[SE-7] pings at each heartbeat and keeps the deadline of one that is unanswered", () => {
    const first = run(live(), { type: "timer", timer: "heartbeat" });
    const second = run(first.session, { type: "timer", timer: "heartbeat" });

    assert.deepEqual(kinds(first), ["ping", "arm", "arm"]);
    assert.deepEqual(kinds(second), ["ping", "arm"]);
  });

  it("[SE-7] takes any frame for a sign of life, and silence for the end", () => {
    const asked = run(live(), { type: "timer", timer: "heartbeat" }).session;
    const heard = run(asked, { type: "frame", frame: batch(5, [6]) });

    assert.deepEqual(heard.effects[0], { type: "disarm", timer: "silence" });
    assert.equal(run(asked, { type: "timer", timer: "silence" }).session.phase.name, "waiting");
  });

  it("[SE-8] ends for good by close, whatever comes after", () => {
    const next = run(live(), { type: "close" });

    assert.deepEqual(states(next), [{ type: "closed", code: 1000, reason: "" }]);
    for (const happening of [
      closed(1006),
      { type: "close" },
      { type: "timer", timer: "retry" },
    ] as Happening[]) {
      assert.deepEqual(run(next.session, happening).effects, []);
    }
  });

  it("[SE-9] ends a wait at once, and reconnects for a new token", () => {
    const early = run(run(live(), closed(1006)).session, { type: "retry-now" });
    const renewed = run(live(), { type: "reconnect" });

    assert.deepEqual(kinds(early), ["disarm", "arm", "open", "state"]);
    assert.ok(kinds(renewed).indexOf("drop") < kinds(renewed).indexOf("open"));
  });

  it("[SE-9] has nothing to end where no wait is", () => {
    assert.deepEqual(run(live(), { type: "retry-now" }).effects, []);
  });

  it("[SE-11] leaves the connection at a broken chain and keeps its place", () => {
    const next = run(live(), { type: "frame", frame: batch(7, [8]) });

    assert.equal(next.session.phase.name, "waiting");
    assert.equal(next.session.cursor.last, 5);
    assert.deepEqual(
      kinds(next).filter((kind) => ["drop", "batch", "fault"].includes(kind)),
      ["drop", "fault"],
    );
  });

  it("[SE-15] tells a gap of unknown count when the log was started over", () => {
    const there = run(connecting(), { type: "frame", frame: snapshot(5, [5]) }).session;
    const items = [{ ...batch(0, [1]).items[0]!, at: 100_000 }];
    const next = run(there, { type: "frame", frame: batch(0, [1], { items }) });

    assert.equal(next.session.cursor.last, undefined);
    assert.deepEqual(next.effects.at(-1), {
      type: "gap",
      gap: { from: 5, to: 5, count: null, reason: "expired" },
    });
  });

  it("[SE-16] takes a frame that is not valid, one of another room and a second snapshot for faults", () => {
    assert.ok(kinds(run(live(), { type: "bad-frame", detail: "x" })).includes("fault"));
    assert.ok(
      kinds(run(live(), { type: "frame", frame: batch(5, [6], { room_id: "other" }) })).includes("fault"),
    );
    assert.ok(kinds(run(live(), { type: "frame", frame: snapshot(6) })).includes("fault"));
  });

  it("[SE-20] sends what is unanswered after the snapshot", () => {
    assert.ok(kinds(run(connecting(), { type: "frame", frame: snapshot(5) })).includes("flush-outbox"));
  });
});
