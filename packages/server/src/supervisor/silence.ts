import type { CpuTimes } from "./cpu-times.ts";
import { nameOf } from "./fleet-draft.ts";
import type { FleetDraft } from "./fleet-draft.ts";
import { stoodStill } from "./fleet.ts";
import type { Fleet, Member } from "./fleet.ts";

/** Why a process says nothing, and what that was told by. */
export interface Silence {
  /** `starved`: it waited for a processor. */
  readonly verdict: "hung" | "starved";
  /** Since it was heard of last, ms; of `runMs` and `waitedMs` nothing is known on systems that do not tell. */
  readonly silentMs: number;
  readonly runMs?: number;
  readonly waitedMs?: number;
}

/** `before` is of the moment from which it was silent. */
export interface SilentTimes {
  readonly before: CpuTimes | undefined;
  readonly now: CpuTimes | undefined;
}

/**
 * What a silence longer than `hangMs` is put down to; undefined for a shorter one.
 *
 * Time on the run queue is not counted: who waits for a processor cannot answer, and to kill it gives the machine a
 * start to do besides. One in an endless loop has the processor and one that stands still does not wait for it: both
 * are hung once that has lasted for `hangMs`, on a full machine too. Of who wants a processor right now only the time
 * that it ran is known for sure: how long it has waited this time, the system tells when that is over. Pure.
 */
export function judgeSilence(
  silentMs: number,
  { before, now }: SilentTimes,
  hangMs: number,
): Silence | undefined {
  if (silentMs <= hangMs) return undefined;
  if (before === undefined || now === undefined) return { verdict: "hung", silentMs };
  const [runMs, waitedMs] = [Math.max(0, now.runMs - before.runMs), Math.max(0, now.waitMs - before.waitMs)];
  const ownMs = now.isRunnable ? runMs : silentMs - waitedMs;
  return { verdict: ownMs > hangMs ? "hung" : "starved", silentMs, runMs, waitedMs };
}

/** Processes whose times a look needs: the silent ones, and all where it was the supervisor that stood still. */
export function membersToRead(fleet: Fleet, hangMs: number, now: number): readonly Member[] {
  const isLate = stoodStill(fleet, now);
  return [...fleet.members.values()].filter(
    ({ life }) => life.state === "serving" && (isLate || now - life.heardAt > hangMs),
  );
}

/** Kills who hangs; leaves who starves, and says so once. */
export function endSilence(draft: FleetDraft, member: Member, times: CpuTimes | undefined): void {
  const { now, policy } = draft;
  const { life } = member;
  if (life.state !== "serving") return;
  const silence = judgeSilence(now - life.heardAt, { before: life.times, now: times }, policy.hangMs);
  if (silence === undefined || (silence.verdict === "starved" && life.isStarved)) return;
  const { verdict } = silence;
  const fields = figuresOf(silence);
  draft.effects.push({ type: "silence", role: member.role, verdict });
  if (verdict === "hung") {
    const text = `${nameOf(member)} has been silent for ${policy.hangMs} ms and is killed`;
    draft.say("error", member, text, fields);
    draft.kill(member);
  } else {
    draft.live(member, { ...life, isStarved: true });
    const text = `${nameOf(member)} has been silent for ${policy.hangMs} ms, waiting for a processor, and is left alone`;
    draft.say("warn", member, text, fields);
  }
}

const figuresOf = ({ verdict, silentMs, runMs, waitedMs }: Silence) => ({
  verdict,
  silent_ms: Math.round(silentMs),
  ...(runMs === undefined ? {} : { run_ms: Math.round(runMs) }),
  ...(waitedMs === undefined ? {} : { waited_ms: Math.round(waitedMs) }),
});
