import { FleetDraft, nameOf } from "./fleet-draft.ts";
import type { CpuTimes } from "./cpu-times.ts";
import { stoodStill } from "./fleet.ts";
import type { Fleet, FleetEffect, FleetEvent, FleetPolicy, Member, Seat } from "./fleet.ts";
import { reconcile } from "./reconcile.ts";
import { failuresWith, respawnWait } from "./respawn.ts";
import { beginRollout, successorDied, succeed } from "./rollout.ts";
import { endSilence } from "./silence.ts";

export interface FleetStep {
  readonly fleet: Fleet;
  readonly effects: readonly FleetEffect[];
}

/** Of the time for a stop, the part that the owner has after the workers; and the most that it keeps for itself, ms. */
const OWNER_SHARE = 1 / 3;
const OWNER_RESERVE_MS = 5_000;

/** What the fleet is after an event, and what has to be done. Pure. */
export function stepFleet(fleet: Fleet, event: FleetEvent, policy: FleetPolicy, now: number): FleetStep {
  if (fleet.phase === "ended") return { fleet, effects: [] };
  const draft = new FleetDraft(fleet, policy, now);
  apply(draft, event);
  reconcile(draft);
  return { fleet: draft.done(), effects: draft.effects };
}

function apply(draft: FleetDraft, event: FleetEvent): void {
  switch (event.type) {
    case "begin":
      return;
    case "tick":
      return tick(draft, event.times ?? new Map());
    case "resize":
      return resize(draft, event.workers);
    case "reload":
      return beginRollout(draft, event.revision);
    case "stop":
      return stop(draft);
    case "force":
      draft.isClean = false;
      if (draft.phase !== "stopping") stop(draft);
      for (const member of draft.members.values()) draft.kill(member);
      return;
    case "ready":
    case "heard":
    case "failed":
    case "exited": {
      const member = draft.members.get(event.generation);
      // A message may come after the end of who sent it was seen.
      if (member !== undefined) applyTo(draft, member, event);
    }
  }
}

function applyTo(
  draft: FleetDraft,
  member: Member,
  event: FleetEvent & { readonly generation: number },
): void {
  const { now } = draft;
  switch (event.type) {
    case "ready":
      if (member.life.state !== "starting") return;
      if (member.role === "worker") draft.hasAddress = true;
      draft.say("info", member, `${nameOf(member)} serves`);
      succeed(
        draft,
        draft.live(member, {
          state: "serving",
          since: now,
          heardAt: now,
          times: event.times,
          isStarved: false,
        }),
      );
      return;
    case "heard":
      if (member.life.state !== "serving") return;
      if (member.life.isStarved) {
        const silentMs = Math.round(now - member.life.heardAt);
        draft.say("info", member, `${nameOf(member)} is heard of again after ${silentMs} ms`);
      }
      draft.members.set(member.generation, {
        ...member,
        connections: event.connections,
        life: { ...member.life, heardAt: now, times: event.times, isStarved: false },
      });
      return;
    case "failed":
      draft.members.set(member.generation, { ...member, failure: event.failure });
      return;
    case "exited":
      return exited(draft, member, event);
    default:
      return;
  }
}

/** Time passes. Who stood still itself cannot tell whether the others did: everybody's time begins anew. */
function tick(draft: FleetDraft, times: ReadonlyMap<number, CpuTimes>): void {
  if (stoodStill(draft, draft.now)) beginAnew(draft, times);
  draft.tickedAt = draft.now;
  for (const member of draft.members.values()) endSilence(draft, member, times.get(member.generation));
}

function beginAnew(draft: FleetDraft, times: ReadonlyMap<number, CpuTimes>): void {
  const late = draft.now - draft.tickedAt;
  draft.say("warn", undefined, `the supervisor itself stood still for ${Math.round(late)} ms`);
  for (const member of draft.members.values()) {
    const { life } = member;
    if (life.state === "starting") draft.live(member, { ...life, since: draft.now });
    else if (life.state === "serving")
      draft.live(member, { ...life, heardAt: draft.now, times: times.get(member.generation) });
    else if (life.state === "draining")
      draft.live(member, { ...life, forceAt: life.forceAt + late, killAt: life.killAt + late });
  }
}

/** The emptiest go: a vacant seat, one that only starts, then the one with fewest viewers. */
function resize(draft: FleetDraft, wanted: number): void {
  if (draft.phase !== "up") return;
  while (draft.workers.length < wanted)
    draft.workers.push({ generation: undefined, due: draft.now, failures: 0 });
  const cost = (seat: Seat): number => {
    const member = draft.memberIn(seat);
    return member === undefined ? -2 : member.life.state === "serving" ? member.connections : -1;
  };
  while (draft.workers.length > Math.max(1, wanted)) {
    const least = draft.workers.reduce((a, b) => (cost(b) < cost(a) ? b : a));
    draft.workers.splice(draft.workers.indexOf(least), 1);
    const member = draft.memberIn(least);
    if (member === undefined) continue;
    draft.say("info", member, `${nameOf(member)} is not needed any more and drains`);
    draft.drain(member);
  }
}

function stop(draft: FleetDraft): void {
  if (draft.phase === "stopping") return;
  const { drainMs } = draft.policy;
  draft.phase = "stopping";
  draft.rollout = undefined;
  draft.stopBy = draft.now + drainMs;
  const forceAt = draft.stopBy - Math.min(OWNER_RESERVE_MS, drainMs * OWNER_SHARE);
  for (const worker of draft.of("worker")) draft.drain(worker, forceAt);
}

type Exit = FleetEvent & { readonly type: "exited" };

function exited(draft: FleetDraft, member: Member, { code, how }: Exit): void {
  draft.members.delete(member.generation);
  if (member.life.state === "draining") {
    if (code !== 0) draft.isClean = false;
    draft.say(code === 0 ? "info" : "warn", member, `${nameOf(member)} has ended (${how})`);
    draft.reseat(member.generation, () => ({ generation: undefined, due: draft.now, failures: 0 }));
    return;
  }
  if (draft.phase === "starting" || draft.phase === "stopping") return failed(draft, member, how);
  const age = Math.round(draft.now - member.startedAt);
  const because = member.failure === undefined ? how : member.failure.message;
  if (successorDied(draft, member, because)) return;
  const reason = member.life.state === "killed" ? "hung" : "died";
  draft.reseat(member.generation, (seat) => {
    const { respawn } = draft.policy;
    const failures = failuresWith(respawn, seat.failures, age);
    const waitMs = respawnWait(respawn, failures);
    const then =
      waitMs === 0
        ? "another starts at once"
        : `it has died early ${failures} times in a row; another starts in ${waitMs} ms`;
    draft.say("error", member, `${nameOf(member)} has ended after ${age} ms: ${because}; ${then}`);
    draft.effects.push({ type: "replaced", role: member.role, reason });
    return { generation: undefined, due: draft.now + waitMs, failures };
  });
}

/** A fleet that does not come up is taken down; one that goes down does not mind who ends early. */
function failed(draft: FleetDraft, member: Member, how: string): void {
  if (draft.phase === "starting") {
    draft.failure = member.failure ?? {
      code: "SERVER_PROCESS_ENDED",
      message: `${nameOf(member)} ended before it served: ${how}`,
    };
    return stop(draft);
  }
  draft.isClean = false;
  const text = member.life.state === "killed" ? "was killed" : `has ended before it was told to: ${how}`;
  draft.say("warn", member, `${nameOf(member)} ${text}`);
}
