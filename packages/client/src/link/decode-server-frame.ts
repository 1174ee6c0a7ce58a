import { decodeServerFrame as decodeBinary } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const place: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const flag: Check = (value) => typeof value === "boolean";
const object = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const has = (value: unknown, checks: Readonly<Record<string, Check>>): boolean =>
  object(value) && Object.entries(checks).every(([field, check]) => check(value[field]));

const author: Check = (value) => has(value, { uid: text, name: text, role: text });
const item: Check = (value) => has(value, { kind: text, id: text, at: number, seq: place, n: place, author });
const items: Check = (value) => Array.isArray(value) && value.every(item);
const room: Check = (value) =>
  has(value, { id: text, title: text, live: flag, closed: flag, slow_mode_s: number, head: place, n: place });
const limits: Check = (value) =>
  has(value, { content_max: number, heartbeat_ms: (ms) => number(ms) && Number(ms) > 0 });
const shed: Check = (value) => has(value, { count: place, reason: text });
const merged: Check = (value) =>
  Array.isArray(value) && value.every((each) => has(each, { seq: place, count: place, content: text }));
const rate: Check = (value) => has(value, { shown: place, of: place });
const policy =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    has(value, { mode: text, ...fields });
const policies: Check = (value) =>
  has(value, {
    ceiling: policy({ per_second: place }),
    merge: policy({ window_s: place }),
    slow: policy({ seconds: place, exempt: Array.isArray }),
    unique: policy({ seconds: place, count: place }),
  });

/** What the SDK reads of each frame; fields it does not know are let through, so that a newer server can be talked to. */
const FRAMES: Readonly<Record<ServerFrame["type"], Readonly<Record<string, Check>>>> = {
  snapshot: {
    room,
    you: (value) => value === null || author(value),
    viewers: place,
    items,
    head: place,
    resumed: flag,
    limits,
    ts: number,
    policies: optional(policies),
  },
  batch: {
    room_id: text,
    prev: place,
    seq: place,
    count: place,
    items,
    shed: optional(shed),
    sampled: optional(place),
    merged: optional(merged),
    rate: optional(rate),
  },
  gap: {
    room_id: text,
    from: place,
    to: place,
    count: (value) => value === null || place(value),
    reason: text,
  },
  ack: { id: text, client_msg_id: optional(text), seq: optional(place), held: optional(flag) },
  error: {
    code: text,
    message: text,
    retryable: flag,
    retry_after_ms: optional(number),
    client_msg_id: optional(text),
  },
  viewers: { room_id: text, count: place },
  pong: { ts: number, t: optional(number) },
  bye: { retry_ms: (ms) => number(ms) && Number(ms) >= 0 },
};

/**
 * A frame of the server, or what is wrong with it. A frame of an unknown type is `undefined`: a newer server may
 * have more to say.
 */
export function decodeServerFrame(data: unknown): ServerFrame | { readonly detail: string } | undefined {
  if (data instanceof ArrayBuffer) return decodeBytes(data);
  if (typeof data !== "string") return { detail: "a frame is neither text nor bytes" };
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    // What exactly JSON.parse disliked helps nobody: the connection starts over.
    return { detail: "a frame is not JSON" };
  }
  if (!object(value) || !text(value["type"])) return { detail: "a frame is no object with a type" };
  const { type } = value as { type: string };
  if (!Object.hasOwn(FRAMES, type)) return undefined;
  const wrong = Object.entries(FRAMES[type as ServerFrame["type"]]).find(
    ([field, check]) => !check(value[field]),
  );
  return wrong === undefined
    ? (value as unknown as ServerFrame)
    : { detail: `${wrong[0]} of a ${type} frame is not valid` };
}

function decodeBytes(data: ArrayBuffer): ServerFrame | { readonly detail: string } | undefined {
  try {
    return decodeBinary(new Uint8Array(data));
  } catch {
    return { detail: "a frame's bytes are none of barrage.v1" };
  }
}
