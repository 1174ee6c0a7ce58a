import { MODES, POLICY_MODES, PTS_MAX_MS, ROLES } from "@barrage/protocol";
import type {
  Author,
  CeilingPolicy,
  FileOrigin,
  Item,
  MergePolicy,
  PolicyName,
  RoomEvent,
  SlowPolicy,
  UniquePolicy,
} from "@barrage/protocol";
import { ORIGIN_TEXT } from "../bilibili/fields.ts";

type Unchecked = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Unchecked =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text: Check = (value) => typeof value === "string";
const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const number =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === "number" && value >= min && value <= max;
const oneOf =
  (choices: readonly unknown[]): Check =>
  (value) =>
    choices.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const originText: Check = (value) => typeof value === "string" && ORIGIN_TEXT.test(value);

/** An object with exactly these fields, each as its check says. */
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((key) => Object.hasOwn(fields, key)) &&
    Object.entries(fields).every(([key, check]) => check(value[key]));

const author = shape({ uid: text, name: text, role: oneOf(ROLES) } satisfies Record<keyof Author, Check>);

const origin = shape({
  sender: originText,
  row_id: originText,
  pool: integer(0),
  mode: integer(1, 9),
  sent_at: number(0, Number.MAX_SAFE_INTEGER),
  sent_at_unit: oneOf(["s", "ms"]),
  weight: optional(integer(0)),
  color_text: optional(originText),
} satisfies Record<keyof FileOrigin, Check>);

const until: Check = (value) => value === null || integer(0)(value);

const mode = oneOf(POLICY_MODES);
const policyChange = shape({
  ceiling: optional(shape({ mode, per_second: integer(1) } satisfies Record<keyof CeilingPolicy, Check>)),
  merge: optional(shape({ mode, window_s: integer(1) } satisfies Record<keyof MergePolicy, Check>)),
  slow: optional(
    shape({
      mode,
      seconds: integer(1),
      exempt: (value) => Array.isArray(value) && value.every(oneOf(ROLES)),
    } satisfies Record<keyof SlowPolicy, Check>),
  ),
  unique: optional(
    shape({ mode, seconds: integer(1), count: integer(1) } satisfies Record<keyof UniquePolicy, Check>),
  ),
} satisfies Record<PolicyName, Check>);

const EVENTS: Readonly<Record<RoomEvent["type"], Readonly<Record<string, Check>>>> = {
  created: { title: text, owner: text, policies: optional(policyChange) },
  live: {},
  offline: { reason: oneOf(["ended", "missed_heartbeat"]) },
  title: { title: text },
  slow_mode: { seconds: integer(0) },
  mute: { uid: text, until },
  unmute: { uid: text },
  ban: { uid: text, until },
  unban: { uid: text },
  closed: {},
  policies: { change: policyChange },
};

const event: Check = (value) => {
  if (!isObject(value) || typeof value["type"] !== "string" || !Object.hasOwn(EVENTS, value["type"]))
    return false;
  return shape({ type: text, ...EVENTS[value["type"] as RoomEvent["type"]] })(value);
};

const target: Check = (value) => shape({ id: text })(value) || shape({ uid: text })(value);

const BASE = { id: text, at: integer(0), author, seq: integer(0), n: integer(0), kind: text };
const PAID = {
  amount_micros: integer(0),
  currency: (value: unknown) => typeof value === "string" && /^[A-Z]{3}$/.test(value),
};
const KEY = { client_msg_id: optional(text) };

const ITEMS: Readonly<Record<Item["kind"], Check>> = {
  danmaku: shape({
    ...BASE,
    ...KEY,
    content: text,
    mode: oneOf(MODES),
    color: integer(0, 0xffffff),
    size: integer(1, 1_000),
    pts_ms: optional(number(0, PTS_MAX_MS)),
    origin: optional(origin),
  }),
  superchat: shape({ ...BASE, ...KEY, ...PAID, content: text, pin_ms: integer(0) }),
  gift: shape({ ...BASE, ...KEY, ...PAID, gift_id: text, gift_name: text, count: integer(1) }),
  like: shape({ ...BASE, ...KEY, count: integer(1) }),
  enter: shape({ ...BASE, ...KEY }),
  recall: shape({ ...BASE, target }),
  "room-event": shape({ ...BASE, event }),
};

/** True for a record exactly as this version writes it: every field there, of its type, and none besides. */
export function isItem(value: unknown): value is Item {
  if (!isObject(value) || typeof value["kind"] !== "string" || !Object.hasOwn(ITEMS, value["kind"]))
    return false;
  return ITEMS[value["kind"] as Item["kind"]](value);
}
