import fc from "fast-check";
import { GAP_REASONS, MODES, POLICY_MODES, ROLES } from "../../src/index.ts";
import type { ServerFrame } from "../../src/index.ts";

/** Any frame that a server can send. */

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const place = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const real = fc.double({ noNaN: true, noDefaultInfinity: true });
const author = fc.record({ uid: text, name: text, role: fc.constantFrom(...ROLES) });
const base = { id: text, at: real, author, seq: place, n: place };
const money = { amount_micros: place, currency: text };
const ban = { uid: text, until: fc.option(real) };

const entry = (kind: string, fields: Fields, optional: Fields = {}): fc.Arbitrary<object> => {
  const model: Fields = { kind: fc.constant(kind), ...base, ...fields };
  return fc.record({ ...model, ...optional }, { requiredKeys: Object.keys(model) });
};

const origin = fc.record(
  {
    sender: text,
    row_id: text,
    pool: real,
    mode: real,
    sent_at: real,
    sent_at_unit: fc.constantFrom("s", "ms"),
    weight: real,
    color_text: text,
  },
  { requiredKeys: ["sender", "row_id", "pool", "mode", "sent_at", "sent_at_unit"] },
);

const mode = fc.constantFrom(...POLICY_MODES);
const policies = {
  ceiling: fc.record({ mode, per_second: place }),
  merge: fc.record({ mode, window_s: place }),
  slow: fc.record({ mode, seconds: place, exempt: fc.subarray([...ROLES]) }),
  unique: fc.record({ mode, seconds: place, count: place }),
};
const change = fc.record(policies, { requiredKeys: [] });

const event = fc.oneof(
  fc.record(
    { type: fc.constant("created"), title: text, owner: text, policies: change },
    { requiredKeys: ["type", "title", "owner"] },
  ),
  fc.record({ type: fc.constant("policies"), change }),
  fc.record({ type: fc.constantFrom("live", "closed") }),
  fc.record({ type: fc.constant("offline"), reason: fc.constantFrom("ended", "missed_heartbeat") }),
  fc.record({ type: fc.constant("title"), title: text }),
  fc.record({ type: fc.constant("slow_mode"), seconds: real }),
  fc.record({ type: fc.constantFrom("mute", "ban"), ...ban }),
  fc.record({ type: fc.constantFrom("unmute", "unban"), uid: text }),
);

const sent = { client_msg_id: text, trace: text };
const target = fc.oneof(fc.record({ id: text }), fc.record({ uid: text }));
const item = fc.oneof(
  entry(
    "danmaku",
    { content: text, mode: fc.constantFrom(...MODES), color: place, size: place },
    { pts_ms: real, origin, merged: place, ...sent },
  ),
  entry("superchat", { ...money, content: text, pin_ms: place }, sent),
  entry("gift", { ...money, gift_id: text, gift_name: text, count: place }, sent),
  entry("like", { count: place }, sent),
  entry("enter", {}, sent),
  entry("recall", { target }),
  entry("room-event", { event }),
);

const items = fc.array(item, { maxLength: 6 });
const room = fc.record({
  id: text,
  title: text,
  owner: text,
  live: fc.boolean(),
  closed: fc.boolean(),
  slow_mode_s: place,
  head: place,
  n: place,
});
const reason = fc.constantFrom(...GAP_REASONS);
const shed = fc.record({ count: place, reason });
const merged = fc.array(fc.record({ seq: place, count: place, content: text }), { maxLength: 4 });
const rate = fc.record({ shown: place, of: place });

const asked = { client_msg_id: text };
const frame = (type: string, fields: Fields, optional: Fields = {}): fc.Arbitrary<object> => {
  const model: Fields = { type: fc.constant(type), ...fields };
  return fc.record({ ...model, ...optional }, { requiredKeys: Object.keys(model) });
};

export const anyServerFrame = fc
  .oneof(
    frame(
      "snapshot",
      {
        room,
        you: fc.option(author),
        viewers: place,
        items,
        head: place,
        resumed: fc.boolean(),
        limits: fc.record(
          { content_max: place, heartbeat_ms: place, window_ms: place },
          { requiredKeys: ["content_max", "heartbeat_ms"] },
        ),
        ts: real,
      },
      { policies: fc.record(policies) },
    ),
    frame(
      "batch",
      { room_id: text, prev: place, seq: place, count: place, items },
      { shed, window_ms: place, sampled: place, merged, rate },
    ),
    frame("gap", { room_id: text, from: place, to: place, count: fc.option(place), reason }),
    frame("ack", { id: text }, { ...asked, seq: place, held: fc.constant(true) }),
    frame(
      "error",
      { code: text, message: text, retryable: fc.boolean() },
      { retry_after_ms: real, ...asked },
    ),
    frame("viewers", { room_id: text, count: place }),
    frame("pong", { ts: real, viewers: place }, { t: real }),
    frame("bye", { reason: fc.constantFrom("drain", "busy"), retry_ms: place }),
  )
  // Plain objects, as whatever is sent is made of; fast-check also makes some without a prototype.
  .map((made) => structuredClone(made)) as fc.Arbitrary<unknown> as fc.Arbitrary<ServerFrame>;
