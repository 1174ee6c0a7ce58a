import type { Author, FileOrigin, Item, RecallEntry, RoomEvent } from "../danmaku.ts";
import { MODES, ROLES } from "../danmaku.ts";
import type { RoomView } from "../room.ts";
import { policyChange } from "./policy-shapes.ts";
import { choice, flag, nullable, oneOf, real, record, text, uint } from "./shapes.ts";
import type { Shape } from "./shapes.ts";

export const author = record<Author>("author", { uid: text, name: text, role: oneOf("role", ROLES) }, {});

export const mode = oneOf("mode", MODES);

export const origin = record<FileOrigin>(
  "origin",
  {
    sender: text,
    row_id: text,
    pool: real,
    mode: real,
    sent_at: real,
    sent_at_unit: oneOf("unit", ["s", "ms"]),
  },
  { weight: real, color_text: text },
);

const target: Shape<RecallEntry["target"]> = {
  form: "flag (1: by uid, 0: by id), text",
  write: (value, to) => {
    flag.write("uid" in value, to);
    text.write("uid" in value ? value.uid : value.id, to);
  },
  read: (from) => (flag.read(from) ? { uid: text.read(from) } : { id: text.read(from) }),
};

const ban = { uid: text, until: nullable(real) };

type Event<T extends RoomEvent["type"]> = Omit<Extract<RoomEvent, { readonly type: T }>, "type">;

export const roomEvent = choice<RoomEvent, "type">("event", "type", {
  created: [
    1,
    record<Event<"created">, "policies">(
      "created",
      { title: text, owner: text },
      {},
      { policies: policyChange },
    ),
  ],
  live: [2, record("live", {}, {})],
  offline: [3, record("offline", { reason: oneOf("offline reason", ["ended", "missed_heartbeat"]) }, {})],
  title: [4, record("title", { title: text }, {})],
  slow_mode: [5, record("slow mode", { seconds: real }, {})],
  mute: [6, record("mute", ban, {})],
  unmute: [7, record("unmute", { uid: text }, {})],
  ban: [8, record("ban", ban, {})],
  unban: [9, record("unban", { uid: text }, {})],
  closed: [10, record("closed", {}, {})],
  policies: [11, record("policies", { change: policyChange }, {})],
});

const place = { seq: uint, n: uint, id: text, at: real, author };
const sent = { client_msg_id: text, trace: text };
const money = { amount_micros: uint, currency: text };

/** A record of a room, with its place. */
export const item = choice<Item, "kind">("item", "kind", {
  danmaku: [
    1,
    record(
      "danmaku",
      { ...place, content: text, mode, color: uint, size: uint },
      // The newest last: what was optional before it keeps its bit.
      { pts_ms: real, client_msg_id: text, origin, trace: text, merged: uint },
    ),
  ],
  superchat: [2, record("superchat", { ...place, ...money, content: text, pin_ms: uint }, sent)],
  gift: [3, record("gift", { ...place, ...money, gift_id: text, gift_name: text, count: uint }, sent)],
  like: [4, record("like", { ...place, count: uint }, sent)],
  enter: [5, record("enter", place, sent)],
  recall: [6, record("recall", { ...place, target }, {})],
  "room-event": [7, record("room-event", { ...place, event: roomEvent }, {})],
});

export const roomView = record<RoomView>(
  "room",
  {
    id: text,
    title: text,
    owner: text,
    live: flag,
    closed: flag,
    slow_mode_s: uint,
    head: uint,
    n: uint,
  },
  {},
);
