import { BarrageError } from "../errors/barrage-error.ts";
import { protocolError } from "../errors/table.ts";
import { asObject, onlyFields, optionalNumber, optionalString } from "./fields.ts";
import type { Unchecked } from "./fields.ts";
import { CLIENT_MSG_ID, CLIENT_MSG_ID_RULE, PUBLISH_FIELDS, publishOf } from "./publish.ts";
import type { Publish } from "./publish.ts";

/** A frame of a client, checked. `invalid` is a publish that was refused: the connection survives, the sender is told. */
export type DecodedClientFrame =
  | { readonly type: "ping"; readonly t?: number; readonly seq?: number }
  | { readonly type: "danmu"; readonly publish: Publish }
  | { readonly type: "like"; readonly count: number; readonly client_msg_id?: string }
  | { readonly type: "invalid"; readonly error: BarrageError; readonly client_msg_id?: string };

const PING_FIELDS = new Set(["type", "t", "seq"]);
const DANMU_FIELDS = new Set(["type", ...PUBLISH_FIELDS]);
const LIKE_FIELDS = new Set(["type", "count", "client_msg_id"]);
export const LIKES_PER_FRAME_MAX = 100;

function echoId(object: Unchecked): { client_msg_id?: string } {
  const id = object["client_msg_id"];
  return typeof id === "string" && CLIENT_MSG_ID.test(id) ? { client_msg_id: id } : {};
}

function decodePing(object: Unchecked): DecodedClientFrame {
  onlyFields(object, PING_FIELDS);
  const t = optionalNumber(object, "t", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: false });
  const seq = optionalNumber(object, "seq", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  return { type: "ping", ...(t === undefined ? {} : { t }), ...(seq === undefined ? {} : { seq }) };
}

function decodeLike(object: Unchecked): DecodedClientFrame {
  onlyFields(object, LIKE_FIELDS);
  const count = optionalNumber(object, "count", { min: 1, max: LIKES_PER_FRAME_MAX, integer: true }) ?? 1;
  const id = optionalString(object, "client_msg_id", CLIENT_MSG_ID, CLIENT_MSG_ID_RULE);
  return { type: "like", count, ...(id === undefined ? {} : { client_msg_id: id }) };
}

function decodeDanmu(object: Unchecked, contentMax: number): DecodedClientFrame {
  onlyFields(object, DANMU_FIELDS);
  return { type: "danmu", publish: publishOf(object, contentMax) };
}

/** Reads one text frame of a client. A broken publish is a value; what is no frame at all throws BARRAGE_BAD_FRAME. */
export function decodeClientFrame(text: string, contentMax: number): DecodedClientFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw protocolError("BARRAGE_BAD_FRAME", { detail: "it is not JSON" }, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw protocolError("BARRAGE_BAD_FRAME", { detail: "it is not a JSON object" });
  }
  return decodeClientObject(asObject(value, "the frame"), contentMax);
}

/** Checks a frame that is an object already, whatever form it came in. */
export function decodeClientObject(object: Unchecked, contentMax: number): DecodedClientFrame {
  try {
    switch (object["type"]) {
      case "ping":
        return decodePing(object);
      case "danmu":
        return decodeDanmu(object, contentMax);
      case "like":
        return decodeLike(object);
      default:
        throw protocolError("BARRAGE_BAD_FRAME", { detail: "its type is unknown" });
    }
  } catch (error) {
    if (BarrageError.is(error) && error.code !== "BARRAGE_BAD_FRAME") {
      return { type: "invalid", error, ...echoId(object) };
    }
    throw error;
  }
}
