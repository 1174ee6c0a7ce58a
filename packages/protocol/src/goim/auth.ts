import { protocolError } from "../errors/table.ts";
import type { Unchecked } from "../decode/fields.ts";
import { isRoomId } from "../room.ts";
import { GOIM_VERSION } from "./packet.ts";

/** What a client says of itself in its first packet. */
export interface GoimAuth {
  readonly room: string;
  /** The form in which it wants batches: one of GOIM_VERSION. */
  readonly protover: number;
  /** Barrage's token; absent for a viewer without one. Fields of other services are not read. */
  readonly token?: string;
}

const VERSIONS: ReadonlySet<unknown> = new Set(Object.values(GOIM_VERSION));
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Reads the body of an auth packet. Room ids may be numbers, as in the clients' own world, or text. */
export function decodeGoimAuth(body: Uint8Array): GoimAuth {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch (cause) {
    throw bad("its auth is not JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw bad("its auth is no object");
  const { roomid, protover = GOIM_VERSION.plain, key } = value as Unchecked;
  const room =
    typeof roomid === "number" && Number.isSafeInteger(roomid) && roomid >= 0 ? String(roomid) : roomid;
  if (!isRoomId(room)) throw bad("its roomid is no room's id");
  if (typeof protover !== "number" || !VERSIONS.has(protover)) throw bad("its protover is not 0, 1, 2 or 3");
  // Published clients send an empty key, or one of a service that is not ours, when they were given none.
  return { room, protover, ...(typeof key === "string" && key !== "" ? { token: key } : {}) };
}

/** Not a field's error: it ends the connection, and a client that says the same again is to stay away. */
const bad = (detail: string, cause?: unknown): Error => protocolError("BARRAGE_BAD_FRAME", { detail }, cause);
