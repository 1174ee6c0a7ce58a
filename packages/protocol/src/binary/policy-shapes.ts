import { ROLES } from "../danmaku.ts";
import { POLICY_MODES } from "../policies.ts";
import type {
  CeilingPolicy,
  MergePolicy,
  PolicyChange,
  RoomPolicies,
  SlowPolicy,
  UniquePolicy,
} from "../policies.ts";
import { list, oneOf, record, sized, uint } from "./shapes.ts";

const mode = oneOf("policy mode", POLICY_MODES);

export const ceiling = record<CeilingPolicy>("ceiling", { mode, per_second: uint }, {});
export const merge = record<MergePolicy>("merge", { mode, window_s: uint }, {});
export const slow = record<SlowPolicy>(
  "slow",
  { mode, seconds: uint, exempt: list(oneOf("role", ROLES)) },
  {},
);
export const unique = record<UniquePolicy>("unique", { mode, seconds: uint, count: uint }, {});

// Each with its size, so that one may get a further number.
const each = { ceiling: sized(ceiling), merge: sized(merge), slow: sized(slow), unique: sized(unique) };

const allPolicies = record<RoomPolicies>("policies", each, {});
const somePolicies = record<PolicyChange>("policy change", {}, each);

/** All four; a later version may have more. */
export const policies = sized(allPolicies);
/** Those that change. */
export const policyChange = sized(somePolicies);

/** For the protocol's page. */
export const POLICY_RECORDS = [allPolicies, somePolicies, ceiling, merge, slow, unique];
