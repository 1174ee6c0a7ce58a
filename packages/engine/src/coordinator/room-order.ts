import type { RoomSummary } from "@barrage/protocol";

/** Most viewers first, then the live ones, then by id. */
export const byViewers = (a: RoomSummary, b: RoomSummary): number =>
  b.viewers - a.viewers || Number(b.live) - Number(a.live) || (a.id < b.id ? -1 : 1);
