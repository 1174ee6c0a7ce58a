export type { Rule } from "./ast/rule.ts";
export { plugin as default, rules } from "./plugin.ts";
