import fc from "fast-check";
import { KINDS, MODES, NO_POLICIES, ROLES } from "@barrage/protocol";
import type { Item, PolicyChange } from "@barrage/protocol";
import { stripForXml } from "../src/bilibili/sanitizer.ts";
import { NUMBER_OF_MODE } from "../src/bilibili/modes.ts";
import type { FileRow } from "../src/index.ts";

/** Texts that break naive writers, beside random ones. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "]]>",
    `"quotes" & 'more' <b>`,
    "&amp;&#0;",
    "\u0000\u0007\u001f",
    "\ud83d",
    "\udc00x",
    "👩‍👩‍👧‍👦弹幕",
    " a\r\nb\tc\n",
    "<![CDATA[x]]>",
    "\ufffe\uffff\ufeff",
    "{\\an8}\\N",
  ),
);

/** Texts that XML 1.0 can hold. */
export const xmlText = anyText.map((text) => stripForXml(text).text);

const fieldText = fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{0,64}$/);
const rowId = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const sentAt = fc.oneof(
  fc.integer({ min: 0, max: 1e11 }).map((sent_at) => ({ sent_at, sent_at_unit: "s" as const })),
  fc.integer({ min: 1e11 + 1, max: 1e13 }).map((sent_at) => ({ sent_at, sent_at_unit: "ms" as const })),
);
const pts = fc.oneof(
  fc.nat(8_640_000_000),
  fc.double({ min: 0, max: 8_640_000_000, noNaN: true }).map((value) => value + 0),
);
const color = fc.integer({ min: 0, max: 0xffffff });

const origin = (mode: fc.Arbitrary<number>) =>
  fc
    .tuple(
      fc.record(
        {
          sender: fieldText,
          row_id: fc.oneof(rowId, fieldText),
          pool: fc.nat(12),
          mode,
          weight: fc.nat(11),
        },
        { requiredKeys: ["sender", "row_id", "pool", "mode"] },
      ),
      sentAt,
    )
    .map(([fields, stamp]) => ({ ...fields, ...stamp }));

const said = { content: xmlText, color, size: fc.integer({ min: 1, max: 1000 }), pts_ms: pts };
const named = { sender: xmlText, raw: xmlText };
const money = {
  amount_micros: fc.oneof(fc.nat(), fc.maxSafeNat()),
  currency: fc.constantFrom("CNY", "USD", "JPY"),
  uid: xmlText,
};

const danmakuRow = fc.constantFrom(...MODES).chain((mode) =>
  fc.record(
    {
      kind: fc.constant("danmaku" as const),
      mode: fc.constant(mode),
      ...said,
      ...named,
      origin: origin(mode === "scroll" ? fc.constantFrom(1, 2, 3) : fc.constant(NUMBER_OF_MODE[mode])),
    },
    { requiredKeys: ["kind", "mode", "content", "color", "size", "pts_ms", "origin"] },
  ),
);

/** Every kind of row a Bilibili XML file can hold. */
export const fileRow: fc.Arbitrary<FileRow> = fc.oneof(
  { arbitrary: danmakuRow, weight: 4 },
  {
    arbitrary: fc.record(
      {
        kind: fc.constant("special" as const),
        ...said,
        ...named,
        origin: origin(fc.constantFrom(7, 8, 9)),
      },
      { requiredKeys: ["kind", "content", "color", "size", "pts_ms", "origin"] },
    ),
    weight: 1,
  },
  {
    arbitrary: fc.record(
      {
        kind: fc.constant("superchat" as const),
        content: xmlText,
        pin_ms: fc.nat(86_400_000),
        pts_ms: pts,
        ...named,
        ...money,
      },
      { requiredKeys: ["kind", "content", "pin_ms", "pts_ms", "amount_micros", "currency"] },
    ),
    weight: 1,
  },
  {
    arbitrary: fc.record(
      {
        kind: fc.constant("gift" as const),
        gift_id: xmlText,
        gift_name: xmlText.filter((text) => text !== ""),
        count: fc.integer({ min: 1, max: 1_000_000 }),
        pts_ms: pts,
        ...named,
        ...money,
      },
      { requiredKeys: ["kind", "gift_id", "gift_name", "count", "pts_ms", "amount_micros", "currency"] },
    ),
    weight: 1,
  },
);

const natural = fc.maxSafeNat();
const author = fc.record({ uid: anyText, name: anyText, role: fc.constantFrom(...ROLES) });
const base = { id: anyText, at: natural, author, seq: natural, n: natural };
const key = { client_msg_id: anyText };
const until = fc.option(natural, { nil: null });
const requiredBase = ["kind", "id", "at", "author", "seq", "n"] as const;

/** Every kind of record a room can hold, with any text. */
export const item: fc.Arbitrary<Item> = fc.constantFrom(...KINDS).chain((kind): fc.Arbitrary<Item> => {
  switch (kind) {
    case "danmaku":
      return fc.record(
        {
          kind: fc.constant(kind),
          ...base,
          ...key,
          content: anyText,
          mode: fc.constantFrom(...MODES),
          color,
          size: fc.integer({ min: 12, max: 64 }),
          pts_ms: pts,
          origin: origin(fc.integer({ min: 1, max: 9 })),
        },
        { requiredKeys: [...requiredBase, "content", "mode", "color", "size"] },
      );
    case "superchat":
      return fc.record(
        {
          kind: fc.constant(kind),
          ...base,
          ...key,
          content: anyText,
          amount_micros: natural,
          currency: fc.constant("CNY"),
          pin_ms: natural,
        },
        { requiredKeys: [...requiredBase, "content", "amount_micros", "currency", "pin_ms"] },
      );
    case "gift":
      return fc.record(
        {
          kind: fc.constant(kind),
          ...base,
          ...key,
          gift_id: anyText,
          gift_name: anyText,
          count: fc.integer({ min: 1 }),
          amount_micros: natural,
          currency: fc.constant("USD"),
        },
        { requiredKeys: [...requiredBase, "gift_id", "gift_name", "count", "amount_micros", "currency"] },
      );
    case "like":
      return fc.record(
        { kind: fc.constant(kind), ...base, ...key, count: fc.integer({ min: 1 }) },
        { requiredKeys: [...requiredBase, "count"] },
      );
    case "enter":
      return fc.record({ kind: fc.constant(kind), ...base, ...key }, { requiredKeys: [...requiredBase] });
    case "recall":
      return fc.record({
        kind: fc.constant(kind),
        ...base,
        target: fc.oneof(fc.record({ id: anyText }), fc.record({ uid: anyText })),
      });
    case "room-event":
      return fc.record({
        kind: fc.constant(kind),
        ...base,
        event: fc.oneof(
          fc.record({ type: fc.constant("created" as const), title: anyText, owner: anyText }),
          fc.record({ type: fc.constantFrom("live" as const, "closed" as const) }),
          fc.record({
            type: fc.constant("offline" as const),
            reason: fc.constantFrom("ended" as const, "missed_heartbeat" as const),
          }),
          fc.record({ type: fc.constant("title" as const), title: anyText }),
          fc.record({ type: fc.constant("slow_mode" as const), seconds: natural }),
          fc.record({
            type: fc.constant("policies" as const),
            change: fc.constantFrom<PolicyChange>({}, NO_POLICIES, { merge: { mode: "on", window_s: 3 } }),
          }),
          fc.record({ type: fc.constantFrom("mute" as const, "ban" as const), uid: anyText, until }),
          fc.record({ type: fc.constantFrom("unmute" as const, "unban" as const), uid: anyText }),
        ),
      });
  }
});

/** fast-check makes objects without a prototype; those of files and of JSON have one. */
export const plain = <T>(value: T): T => structuredClone(value);
