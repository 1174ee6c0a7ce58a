export type * from "./archive.ts";
export type * from "./audit-log.ts";
export type * from "./danmaku-log.ts";
export type * from "./feed.ts";
export type * from "./limits.ts";
export type * from "./recent-window.ts";
export type * from "./room-states.ts";
export type * from "./room-store.ts";
