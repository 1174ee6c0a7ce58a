import { z } from "zod";
import { NO_POLICIES, POLICY_MAX, POLICY_MODES, ROLES } from "@barrage/protocol";
import type { PolicyChange } from "@barrage/protocol";
import { section, setting } from "./setting.ts";

const { ceiling, merge, slow, unique } = NO_POLICIES;

const mode = (what: string) =>
  setting(z.enum(POLICY_MODES).default("off"), `What a new room begins with: ${what}. dry_run only counts.`);
const number = (max: number, standard: number, [description, unit]: readonly [string, string]) =>
  setting(z.int().min(1).max(max).default(standard), description, { unit });

/** What rooms that are made from now on begin with. */
export const policiesSection = section({
  ceiling: section({
    mode: mode("a ceiling of danmaku per second, sampled fairly by sender"),
    perSecond: number(POLICY_MAX.ceiling.per_second, ceiling.per_second, [
      "Ordinary danmaku that each viewer is shown at most.",
      "danmaku per second",
    ]),
  }),
  merge: section({
    mode: mode("equal danmaku as one with a count"),
    windowS: number(POLICY_MAX.merge.window_s, merge.window_s, [
      "Time after the first within which equal danmaku become part of it.",
      "s",
    ]),
  }),
  slow: section({
    mode: mode("slow mode"),
    seconds: number(POLICY_MAX.slow.seconds, slow.seconds, ["Pause of a user between two danmaku.", "s"]),
    exempt: setting(
      z.array(z.enum(ROLES)).default([...slow.exempt]),
      "Roles that need not wait in slow mode.",
    ),
  }),
  unique: section({
    mode: mode("what was said just now is refused"),
    seconds: number(POLICY_MAX.unique.seconds, unique.seconds, [
      "Time for which a text may not be said again.",
      "s",
    ]),
    count: number(POLICY_MAX.unique.count, unique.count, [
      "Danmaku of the room after which it may be said again all the same.",
      "danmaku",
    ]),
  }),
});

/** Those that differ from what a room has by itself. */
export function newRoomPolicies(of: z.infer<typeof policiesSection>): PolicyChange {
  const { mode: ceilingMode, perSecond } = of.ceiling;
  const { mode: mergeMode, windowS } = of.merge;
  return {
    ...(ceilingMode === "off" ? {} : { ceiling: { mode: ceilingMode, per_second: perSecond } }),
    ...(mergeMode === "off" ? {} : { merge: { mode: mergeMode, window_s: windowS } }),
    ...(of.slow.mode === "off" ? {} : { slow: of.slow }),
    ...(of.unique.mode === "off" ? {} : { unique: of.unique }),
  };
}
