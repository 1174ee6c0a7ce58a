import { Type } from "typebox";
import { NO_POLICIES, POLICY_MAX, POLICY_MODES, ROLES } from "@barrage/protocol";
import { choice, closed } from "./schemas.ts";

const mode = choice(POLICY_MODES);
const upTo = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description });

const Ceiling = closed(
  {
    mode,
    per_second: upTo(
      POLICY_MAX.ceiling.per_second,
      "Ordinary danmaku that each viewer is shown in a second.",
    ),
  },
  { description: "At most so many danmaku a second, sampled fairly by sender." },
);
const Merge = closed(
  {
    mode,
    window_s: upTo(
      POLICY_MAX.merge.window_s,
      "Seconds after the first within which equal ones become part of it.",
    ),
  },
  { description: "Equal danmaku become one with a count." },
);
const Slow = closed(
  {
    mode,
    seconds: upTo(POLICY_MAX.slow.seconds, "Seconds that a user waits between two danmaku."),
    exempt: Type.Array(choice(ROLES), {
      uniqueItems: true,
      maxItems: ROLES.length,
      description: "Roles that need not wait.",
    }),
  },
  { description: "A pause between two danmaku of one user." },
);
const Unique = closed(
  {
    mode,
    seconds: upTo(POLICY_MAX.unique.seconds, "Seconds for which a text may not be said again."),
    count: upTo(
      POLICY_MAX.unique.count,
      "Danmaku of the room after which it may be said again all the same.",
    ),
  },
  { description: "What was said just now is refused; moderators, hosts and services may repeat." },
);

/** Documents what `checkPolicies` checks. */
export const PolicyChangeBody = closed(
  {
    ceiling: Type.Optional(Ceiling),
    merge: Type.Optional(Merge),
    slow: Type.Optional(Slow),
    unique: Type.Optional(Unique),
  },
  {
    description: "The policies to change. dry_run counts what the policy would do and does nothing.",
    examples: [{ ceiling: { ...NO_POLICIES.ceiling, mode: "dry_run" } }],
  },
);

const Applied = closed({
  on: Type.Integer({ minimum: 0, description: "Records that it was applied to." }),
  dry_run: Type.Integer({ minimum: 0, description: "Records that it would have been applied to." }),
});

export const PolicyReport = closed({
  policies: closed({ ceiling: Ceiling, merge: Merge, slow: Slow, unique: Unique }),
  counts: closed(
    { ceiling: Applied, merge: Applied, slow: Applied, unique: Applied },
    { description: "Since the process that owns the room began." },
  ),
});
