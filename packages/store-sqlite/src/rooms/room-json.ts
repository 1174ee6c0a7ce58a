import type { RoomState, Until } from "@barrage/engine";
import { NO_POLICIES, withSlowMode } from "@barrage/protocol";

/** A room's state as it lies in the file. */
type StoredRoom = Omit<RoomState, "mutes" | "bans" | "policies"> & {
  /** Absent in files of the time when slow mode was all there was. */
  readonly policies?: RoomState["policies"];
  readonly slowModeSeconds?: number;
  readonly mutes: readonly (readonly [string, Until])[];
  readonly bans: readonly (readonly [string, Until])[];
};

export const roomToJson = (state: RoomState): string =>
  JSON.stringify({ ...state, mutes: [...state.mutes], bans: [...state.bans] } satisfies StoredRoom);

export function roomFromJson(text: string): RoomState {
  // oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
  const stored = JSON.parse(text) as StoredRoom;
  const { mutes, bans, policies, slowModeSeconds = 0, ...state } = stored;
  return {
    ...state,
    mutes: new Map(mutes),
    bans: new Map(bans),
    // A policy that a newer version has begins as in a new room.
    policies: { ...withSlowMode(NO_POLICIES, slowModeSeconds), ...policies },
  };
}
