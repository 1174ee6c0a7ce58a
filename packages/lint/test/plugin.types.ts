import barrage, { type FlatConfig, type Rule, type RuleName, rules } from "@barrage/lint";

// Compiled and never run: what the types allow and what they refuse.

export const recommended: FlatConfig = barrage.configs.recommended;
export const severity: "error" = recommended.rules["barrage/lost-cancel"];
export const rule: Rule = rules["require-using"];
export const name: RuleName = "timer-never-cleared";

// @ts-expect-error there is no such rule
void rules["no-such-rule"];

// @ts-expect-error there is no such configuration
void barrage.configs.strict;
