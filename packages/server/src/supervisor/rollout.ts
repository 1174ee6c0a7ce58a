import type { FleetDraft } from "./fleet-draft.ts";
import { nameOf } from "./fleet-draft.ts";
import type { Member, Seat } from "./fleet.ts";

/** Everybody is to run this revision. A rollout that is under way goes on to the newest. */
export function beginRollout(draft: FleetDraft, to: number): void {
  if (draft.phase !== "up") return;
  const from = draft.revision;
  draft.rollout = { from, to, isBack: false, successor: draft.rollout?.successor };
  draft.say("info", undefined, "all processes are restarted, one by one");
}

/** One that serves takes the seat of the one that it was started for, which drains. */
export function succeed(draft: FleetDraft, member: Member): void {
  const { rollout } = draft;
  if (rollout?.successor?.generation !== member.generation) return;
  const { old } = rollout.successor;
  draft.rollout = { ...rollout, successor: undefined };
  const previous = draft.members.get(old);
  const take = (seat: Seat): Seat => ({ ...seat, generation: member.generation });
  if (previous !== undefined && draft.reseat(old, take)) {
    draft.effects.push({ type: "replaced", role: "worker", reason: "restart" });
    draft.say("info", previous, `${nameOf(previous)} drains: worker ${member.id} is in its place`);
    return draft.drain(previous);
  }
  // It died or was let go meanwhile.
  const vacant = draft.workers.findIndex(({ generation }) => generation === undefined);
  const seat = draft.workers[vacant];
  if (seat === undefined) draft.drain(member);
  else draft.workers[vacant] = take(seat);
}

/**
 * One of the revision that is rolled out did not come up: everything goes back to the last one that did. On the way back
 * a death in a seat is like any other; where a successor dies there is nothing left to go back to.
 */
export function successorDied(draft: FleetDraft, member: Member, because: string): boolean {
  const { rollout } = draft;
  if (rollout === undefined || hasComeUp(member)) return false;
  const isSuccessor = rollout.successor?.generation === member.generation;
  if (member.revision !== rollout.to) {
    // A newer revision was asked for meanwhile: the next successor is of that one.
    if (isSuccessor) draft.rollout = { ...rollout, successor: undefined };
    return false;
  }
  if (rollout.isBack && !isSuccessor) return false;
  draft.reseat(member.generation, ({ failures }) => ({
    generation: undefined,
    due: draft.now,
    failures: failures + 1,
  }));
  // The one that was to take a seat is of the same revision, and nobody would know of it any more.
  const other = rollout.successor === undefined ? undefined : draft.members.get(rollout.successor.generation);
  if (other !== undefined) draft.drain(other);
  const text = `${nameOf(member)} did not come up: ${because}`;
  if (rollout.isBack) {
    draft.say("error", member, `${text}; the restart is given up where it is`);
    draft.revision = rollout.to;
    draft.rollout = undefined;
  } else {
    draft.say("error", member, `${text}; the restart is taken back, the old configuration stays`);
    draft.rollout = { from: rollout.to, to: rollout.from, isBack: true, successor: undefined };
    draft.effects.push({ type: "revised", revision: rollout.from });
  }
  return true;
}

const hasComeUp = ({ life }: Member): boolean =>
  life.state === "killed" ? life.cameUp : life.state !== "starting";

/** The next process of a rollout: the owner first, then one worker after the other, each when the last is done. */
export function rollOn(draft: FleetDraft): void {
  const { rollout } = draft;
  if (rollout === undefined || rollout.successor !== undefined) return;
  const seats = [draft.owner, ...draft.workers];
  const all = seats.map((seat) => draft.memberIn(seat));
  if (all.some((member) => member?.life.state !== "serving")) return;
  if ([...draft.members.values()].some(({ life }) => life.state === "draining")) return;
  const next = all.find((member) => member?.revision !== rollout.to);
  if (next === undefined) {
    draft.revision = rollout.to;
    draft.rollout = undefined;
    return draft.say(
      "info",
      undefined,
      rollout.isBack ? "the old configuration is in force" : "every process has been restarted",
    );
  }
  if (next.role === "owner") {
    draft.effects.push({ type: "replaced", role: "owner", reason: "restart" });
    draft.say("info", next, "the owner drains and is started again");
    return draft.drain(next);
  }
  const generation = draft.start("worker", rollout.to);
  draft.rollout = { ...rollout, successor: { generation, old: next.generation } };
}
