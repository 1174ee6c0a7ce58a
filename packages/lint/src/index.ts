export type { Rule } from "./ast/rule.ts";
export type { FlatConfig, Plugin, RuleName } from "./plugin.ts";
export { plugin as default, rules } from "./plugin.ts";
