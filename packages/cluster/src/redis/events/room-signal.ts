import type { IdempotencyKey } from "@barrage/engine";
import { isRoomId } from "@barrage/protocol";
import { isRecord, parseJson } from "../batch-json.ts";

/** What the coordinator decides from: not seen by viewers, and not in the log. What it decides is. */
export type RoomSignal =
  | { readonly type: "heartbeat"; readonly room: string; readonly at: number; readonly uid: string }
  | { readonly type: "end"; readonly room: string; readonly at: number; readonly uid: string }
  | {
      readonly type: "presence";
      readonly room: string;
      readonly at: number;
      readonly gateway: string;
      readonly viewers: number;
    };

/** A signal with its place. Appends that come of it carry `key`, so that one who reads it again appends nothing. */
export interface ReadSignal {
  readonly signal: RoomSignal;
  readonly key: IdempotencyKey;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Undefined for what is none of ours. */
export function decodeSignal(text: string): RoomSignal | undefined {
  const value = parseJson(text);
  if (!isRecord(value)) return undefined;
  const { type, room, at, uid, gateway, viewers } = value;
  if (!isRoomId(room) || !isCount(at)) return undefined;
  if ((type === "heartbeat" || type === "end") && typeof uid === "string") return { type, room, at, uid };
  if (type === "presence" && typeof gateway === "string" && isCount(viewers))
    return { type, room, at, gateway, viewers };
  return undefined;
}

/** Two reads of one entry make one key; `decision` tells several appends that come of one entry apart. */
export const signalKey = (stream: string, entry: string, decision = ""): IdempotencyKey => ({
  scope: `signal ${stream}`,
  id: `${entry}${decision}`,
  bodyHash: "signal",
});
