import type { IdempotencyKey } from "@barrage/engine";
import { isRoomId, isUserId, ROLES } from "@barrage/protocol";
import type { Author, Role } from "@barrage/protocol";
import { isRecord, parseJson } from "../batch-json.ts";

/** What the coordinator decides from: not seen by viewers, and not in the log. What it decides is. */
export type RoomSignal =
  /** The streamer is there. */
  | { readonly type: "heartbeat"; readonly room: string; readonly at: number; readonly author: Author }
  /** The streamer has ended. */
  | { readonly type: "end"; readonly room: string; readonly at: number; readonly author: Author }
  /** Nobody waits for the streamer any more. */
  | { readonly type: "forget"; readonly room: string; readonly at: number }
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
  /** Which stream it came from, and its id there. */
  readonly stream: number;
  readonly entry: string;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);

function authorOf(value: unknown): Author | undefined {
  if (!isRecord(value)) return undefined;
  const { uid, name, role } = value;
  return isUserId(uid) && typeof name === "string" && isRole(role) ? { uid, name, role } : undefined;
}

/** Undefined for what is none of ours. */
export function decodeSignal(text: string): RoomSignal | undefined {
  const value = parseJson(text);
  if (!isRecord(value)) return undefined;
  const { type, room, at, gateway, viewers } = value;
  if (!isRoomId(room) || !isCount(at)) return undefined;
  if (type === "forget") return { type, room, at };
  if (type === "heartbeat" || type === "end") {
    const author = authorOf(value["author"]);
    return author === undefined ? undefined : { type, room, at, author };
  }
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
