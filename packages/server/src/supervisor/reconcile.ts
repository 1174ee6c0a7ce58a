import { nameOf } from "./fleet-draft.ts";
import type { FleetDraft } from "./fleet-draft.ts";
import type { Member, Seat } from "./fleet.ts";
import { rollOn } from "./rollout.ts";

/** Makes the fleet what it should be now: times that are over, seats that are vacant, what is next. */
export function reconcile(draft: FleetDraft): void {
  for (const member of draft.members.values()) overdue(draft, member);
  if (draft.phase === "stopping") return goDown(draft);
  fillSeats(draft);
  if (draft.phase === "starting") return comeUp(draft);
  rollOn(draft);
}

function overdue(draft: FleetDraft, member: Member): void {
  const { now, policy } = draft;
  const { life } = member;
  if (life.state === "starting" && now - life.since > policy.startMs) {
    draft.say("error", member, `${nameOf(member)} has not come up within ${policy.startMs} ms and is killed`);
    draft.kill(member);
  } else if (life.state === "draining" && now >= life.killAt) {
    draft.isClean = false;
    draft.say("error", member, `${nameOf(member)} did not end in time and is killed`);
    draft.live(member, { ...life, killAt: Infinity });
    draft.effects.push({ type: "kill", generation: member.generation });
  } else if (life.state === "draining" && now >= life.forceAt && !life.forced) {
    draft.isClean = false;
    draft.say("warn", member, `${nameOf(member)} did not drain in time and waits for nobody any more`);
    draft.live(member, { ...life, forced: true });
    draft.effects.push({ type: "force", generation: member.generation });
  }
}

function fillSeats(draft: FleetDraft): void {
  const revision = draft.rollout?.to ?? draft.revision;
  const isDue = (seat: Seat): boolean => seat.generation === undefined && seat.due <= draft.now;
  // One owner at a time: the last one may still have the store.
  if (isDue(draft.owner) && draft.of("owner").next().done === true)
    draft.owner = { ...draft.owner, generation: draft.start("owner", revision) };
  // A worker cannot come up without an owner.
  if (!draft.ownerServes) return;
  for (const [index, seat] of draft.workers.entries()) {
    // The first one finds the port that all share.
    if (!draft.hasAddress && draft.of("worker").next().done !== true) return;
    if (isDue(seat)) draft.workers[index] = { ...seat, generation: draft.start("worker", revision) };
  }
}

function comeUp(draft: FleetDraft): void {
  const seats = [draft.owner, ...draft.workers];
  if (seats.some((seat) => draft.memberIn(seat)?.life.state !== "serving")) return;
  draft.phase = "up";
  draft.effects.push({ type: "up" });
}

/** Workers first, the owner last. */
function goDown(draft: FleetDraft): void {
  if (draft.of("worker").next().done !== true) return;
  for (const owner of draft.of("owner")) draft.drain(owner, draft.stopBy);
  if (draft.members.size > 0) return;
  draft.phase = "ended";
  draft.effects.push({ type: "ended", isClean: draft.isClean, failure: draft.failure });
}
