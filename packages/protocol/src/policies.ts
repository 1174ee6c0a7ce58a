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

/** The most that each number of a policy may be; the least is 1. */
export const POLICY_MAX = {
  /** More a second nobody reads, and above it a ceiling withholds nothing that the limits let through. */
  ceiling: { per_second: 1_000 },
  /** A danmaku has long left the screen by then. */
  merge: { window_s: 60 },
  slow: { seconds: SLOW_MODE_MAX_SECONDS },
  /** The count bounds what is remembered of a room. */
  unique: { seconds: 3_600, count: 2_000 },
} as const;

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
export function checkPolicies(change: PolicyChange): void {
  for (const name of POLICY_NAMES) {
    const policy = change[name];
    if (policy === undefined) continue;
    requireNumbers(name, policy);
    requireMode(name, policy.mode);
  }
  if (change.slow?.exempt.every((role) => ROLES.includes(role)) === false)
    throw protocolError("BARRAGE_BAD_FIELD", { field: "slow.exempt", rule: "must be roles" });
}

function requireNumbers(name: PolicyName, policy: RoomPolicies[PolicyName]): void {
  const numbers = new Map<string, unknown>(Object.entries(policy));
  for (const [field, max] of Object.entries(POLICY_MAX[name])) {
    const value = numbers.get(field);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= max) continue;
    const rule = `must be an integer from 1 to ${max}`;
    throw protocolError("BARRAGE_BAD_FIELD", { field: `${name}.${field}`, rule });
  }
}

function requireMode(name: PolicyName, mode: PolicyMode): void {
  if (POLICY_MODES.includes(mode)) return;
  throw protocolError("BARRAGE_BAD_FIELD", { field: `${name}.mode`, rule: "must be off, dry_run or on" });
}
