import type { Role } from "./danmaku.ts";
import { ROLES } from "./danmaku.ts";
import { protocolError } from "./errors/table.ts";
import { SLOW_MODE_MAX_SECONDS } from "./room.ts";

/** What a room does against too much of the same or too much at all. Each is off unless somebody turns it on. */
export const POLICY_NAMES = ["ceiling", "merge", "slow", "unique"] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** `dry_run`: it is counted what the policy would have done, and nothing else happens. */
export const POLICY_MODES = ["off", "dry_run", "on"] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

/** At most this many ordinary danmaku a second, sampled fairly by sender. */
export interface CeilingPolicy {
  readonly mode: PolicyMode;
  readonly per_second: number;
}

/** Danmaku that say the same within this time after the first are shown as one with a count. */
export interface MergePolicy {
  readonly mode: PolicyMode;
  readonly window_s: number;
}

/** A user waits this long between two danmaku, unless the role is exempt. */
export interface SlowPolicy {
  readonly mode: PolicyMode;
  readonly seconds: number;
  readonly exempt: readonly Role[];
}

/** What was said within the last `seconds` and is among the last `count` danmaku is refused. */
export interface UniquePolicy {
  readonly mode: PolicyMode;
  readonly seconds: number;
  readonly count: number;
}

export interface RoomPolicies {
  readonly ceiling: CeilingPolicy;
  readonly merge: MergePolicy;
  readonly slow: SlowPolicy;
  readonly unique: UniquePolicy;
}

/** The policies to change, each as a whole; the others stay. */
export type PolicyChange = Partial<RoomPolicies>;

/** Rooms begin so. The numbers are what a policy has that is turned on without saying more. */
export const NO_POLICIES: RoomPolicies = Object.freeze({
  ceiling: Object.freeze({ mode: "off", per_second: 30 }),
  merge: Object.freeze({ mode: "off", window_s: 10 }),
  slow: Object.freeze({
    mode: "off",
    seconds: 5,
    exempt: Object.freeze<Role[]>(["moderator", "host", "service"]),
  }),
  unique: Object.freeze({ mode: "off", seconds: 60, count: 500 }),
});

/** More a second nobody reads, and above it a ceiling withholds nothing that the limits let through. */
export const CEILING_MAX_PER_SECOND = 1_000;
/** A danmaku has long left the screen by then. */
export const MERGE_MAX_SECONDS = 60;
export const UNIQUE_MAX_SECONDS = 3_600;
/** Danmaku; bounds what is remembered of a room. */
export const UNIQUE_MAX_COUNT = 2_000;

export const changePolicies = (policies: RoomPolicies, change: PolicyChange): RoomPolicies => ({
  ...policies,
  ...change,
});

/** False for a room in which everything is off. */
export const hasPolicies = (policies: RoomPolicies): boolean =>
  POLICY_NAMES.some((name) => policies[name].mode !== "off");

/** Seconds that a viewer has to wait between two danmaku; 0 where slow mode is not in force. */
export const slowSeconds = ({ slow }: RoomPolicies): number => (slow.mode === "on" ? slow.seconds : 0);

/** The policies after somebody has set slow mode by its own command; 0 turns it off. */
export function withSlowMode(policies: RoomPolicies, seconds: number): RoomPolicies {
  const { slow } = policies;
  if (seconds === 0) return { ...policies, slow: { ...slow, mode: "off" } };
  return { ...policies, slow: { ...slow, mode: "on", seconds } };
}

/** Errors: BARRAGE_BAD_FIELD for a number that is out of its range. */
export function checkPolicies({ ceiling, merge, slow, unique }: PolicyChange): void {
  if (ceiling !== undefined) within("ceiling.per_second", ceiling.per_second, 1, CEILING_MAX_PER_SECOND);
  if (merge !== undefined) within("merge.window_s", merge.window_s, 1, MERGE_MAX_SECONDS);
  if (slow !== undefined) {
    within("slow.seconds", slow.seconds, 1, SLOW_MODE_MAX_SECONDS);
    if (!slow.exempt.every((role) => ROLES.includes(role))) {
      throw protocolError("BARRAGE_BAD_FIELD", { field: "slow.exempt", rule: "must be roles" });
    }
  }
  if (unique !== undefined) {
    within("unique.seconds", unique.seconds, 1, UNIQUE_MAX_SECONDS);
    within("unique.count", unique.count, 1, UNIQUE_MAX_COUNT);
  }
  for (const name of POLICY_NAMES) requireMode(name, { ceiling, merge, slow, unique }[name]?.mode);
}

function requireMode(name: PolicyName, mode: PolicyMode | undefined): void {
  if (mode === undefined || POLICY_MODES.includes(mode)) return;
  throw protocolError("BARRAGE_BAD_FIELD", { field: `${name}.mode`, rule: "must be off, dry_run or on" });
}

function within(field: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw protocolError("BARRAGE_BAD_FIELD", { field, rule: `must be an integer from ${min} to ${max}` });
}
