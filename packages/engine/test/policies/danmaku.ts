import type { Item, RoomPolicies } from "@barrage/protocol";
import { NO_POLICIES } from "@barrage/protocol";

/** A moment at the beginning of a second. */
export const START = 1_767_225_600_000;

/** The danmaku `seq` of a room, said `ms` after the start. */
export const danmaku = (seq: number, fields: { uid?: string; ms?: number; content?: string } = {}): Item => ({
  kind: "danmaku",
  id: `d${seq}`,
  seq,
  n: seq,
  at: START + (fields.ms ?? 0),
  author: { uid: fields.uid ?? "u", name: "U", role: "viewer" },
  content: fields.content ?? `text ${seq}`,
  mode: "scroll",
  color: 0xffffff,
  size: 25,
});

export const ceiling = (per_second: number): RoomPolicies => ({
  ...NO_POLICIES,
  ceiling: { mode: "on", per_second },
});

export const merging = (window_s: number): RoomPolicies => ({
  ...NO_POLICIES,
  merge: { mode: "on", window_s },
});
