// ---- ports
export type * from "./ports/index.ts";
// ---- rooms
export * from "./room/state.ts";
