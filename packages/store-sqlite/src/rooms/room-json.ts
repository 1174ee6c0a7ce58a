import type { RoomState, Until } from "@barrage/engine";

/** A room's state as it lies in the file. */
type StoredRoom = Omit<RoomState, "mutes" | "bans"> & {
  readonly mutes: readonly (readonly [string, Until])[];
  readonly bans: readonly (readonly [string, Until])[];
};

export const roomToJson = (state: RoomState): string =>
  JSON.stringify({ ...state, mutes: [...state.mutes], bans: [...state.bans] } satisfies StoredRoom);

export function roomFromJson(text: string): RoomState {
  // oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
  const stored = JSON.parse(text) as StoredRoom;
  return { ...stored, mutes: new Map(stored.mutes), bans: new Map(stored.bans) };
}
