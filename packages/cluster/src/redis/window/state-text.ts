import { stateFromJson, stateToJson } from "@barrage/engine";
import type { Head, RoomState } from "@barrage/engine";
import { isRecord, parseJson } from "../batch-json.ts";

/** A room's state as it lies beside its window: without its head, which the window has. Empty for none. */
export function encodeState(state: RoomState | undefined): string {
  if (state === undefined) return "";
  return JSON.stringify({ ...stateToJson(state), head: undefined });
}

/** Undefined for what is no state of this room of ours. */
export function decodeState(room: string, text: string, head: Head): RoomState | undefined {
  const value = parseJson(text);
  const state = isRecord(value) ? stateFromJson({ ...value, head }) : undefined;
  return state?.id === room ? state : undefined;
}
