import { checkPolicies, NO_POLICIES, POLICY_NAMES } from "@barrage/protocol";
import type { RoomPolicies } from "@barrage/protocol";
import { emptyRoom } from "./state.ts";
import type { RoomState, Until } from "./state.ts";

/**
 * A room's state for JSON, wherever processes hand it to each other or keep it: its maps become lists of pairs. What is
 * read back is checked, for another version or somebody else may have written it.
 */
export function stateToJson({ mutes, bans, ...state }: RoomState): object {
  return { ...state, mutes: [...mutes], bans: [...bans] };
}

/** Undefined for what is no state of ours. A policy that it does not name is as in a new room. */
export function stateFromJson(value: unknown): RoomState | undefined {
  if (!isObject(value)) return undefined;
  const { id, title, owner, live, closed, head } = value;
  if (typeof id !== "string" || typeof title !== "string" || typeof owner !== "string") return undefined;
  if (typeof live !== "boolean" || typeof closed !== "boolean") return undefined;
  if (!isObject(head) || !isPlace(head["seq"]) || !isPlace(head["n"])) return undefined;
  const [mutes, bans] = [untilsOf(value["mutes"]), untilsOf(value["bans"])];
  const policies = policiesOf(value["policies"]);
  if (mutes === undefined || bans === undefined || policies === undefined) return undefined;
  const { seq, n } = head;
  return { ...emptyRoom(id), title, owner, live, closed, policies, mutes, bans, head: { seq, n } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isPlace = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isUntil = (value: unknown): value is Until => value === null || typeof value === "number";

function untilsOf(value: unknown): ReadonlyMap<string, Until> | undefined {
  if (!Array.isArray(value)) return undefined;
  const untils = new Map<string, Until>();
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair)) return undefined;
    const [uid, until] = pair as readonly unknown[];
    if (typeof uid !== "string" || !isUntil(until)) return undefined;
    untils.set(uid, until);
  }
  return untils;
}

function policiesOf(value: unknown): RoomPolicies | undefined {
  if (!isObject(value)) return undefined;
  const policies = new Map<string, unknown>();
  for (const name of POLICY_NAMES) {
    const policy = value[name] ?? NO_POLICIES[name];
    if (!isObject(policy) || (name === "slow" && !Array.isArray(policy["exempt"]))) return undefined;
    policies.set(name, policy);
  }
  // Its fields are what `checkPolicies` looks at.
  const found = Object.fromEntries(policies) as unknown as RoomPolicies;
  try {
    checkPolicies(found);
    return found;
  } catch {
    // Said in words that are for whoever sets them; here it is one of many ways of not being ours.
    return undefined;
  }
}
