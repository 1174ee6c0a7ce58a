import { parseDecimal, parseInteger } from "../decimal.ts";
import type { FileRow } from "../row.ts";
import { parseFields } from "./fields.ts";
import { modeOfNumber } from "./modes.ts";

/** A child of the root element, read whole. */
export interface FileElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What an element is: a row, a row that is not shown (a special is both), or neither. */
export interface ReadElement {
  readonly row?: FileRow;
  readonly skipped?: string;
  /** What was put right in a row that is shown. */
  readonly noted?: string;
}

/** Element names that are rows; any other child of the root belongs to the header. */
export const ROW_ELEMENTS: ReadonlySet<string> = new Set(["d", "sc", "gift", "guard"]);

/** Attributes each row element may have; others are dropped, and the reader counts them. */
export const KNOWN_ATTRIBUTES: Readonly<Record<string, ReadonlySet<string>>> = {
  d: new Set(["p", "user", "raw"]),
  sc: new Set(["ts", "user", "uid", "price", "currency", "time", "raw"]),
  gift: new Set(["ts", "user", "uid", "giftname", "giftid", "giftcount", "price", "currency", "raw"]),
  guard: new Set(["ts", "user", "uid", "level", "count", "raw"]),
};

/** Gifts and SuperChats of the recorder are priced in yuan. */
export const RECORDER_CURRENCY = "CNY";

function shared({ attributes }: FileElement): { sender?: string; raw?: string } {
  const { user, raw } = attributes as { user?: string; raw?: string };
  return { ...(user === undefined ? {} : { sender: user }), ...(raw === undefined ? {} : { raw }) };
}

function paid(element: FileElement) {
  const {
    ts = "",
    uid,
    price = "0",
    currency = RECORDER_CURRENCY,
  } = element.attributes as Record<string, string | undefined>;
  const pts_ms = parseDecimal(ts, 3);
  if (pts_ms === undefined || pts_ms > Number.MAX_SAFE_INTEGER) return "ts is not a number of seconds";
  const amount_micros = parseDecimal(price, 6);
  if (amount_micros === undefined || !Number.isSafeInteger(amount_micros))
    return "the price is not an amount";
  if (!/^[A-Z]{3}$/.test(currency)) return "the currency is not an ISO 4217 code";
  return { pts_ms, amount_micros, currency, ...(uid === undefined ? {} : { uid }), ...shared(element) };
}

function readDanmaku(element: FileElement): ReadElement {
  const p = element.attributes["p"];
  if (p === undefined) return { skipped: "p is missing" };
  const fields = parseFields(p);
  if (typeof fields === "string") return { skipped: fields };
  const mode = modeOfNumber(fields.origin.mode);
  if (mode === undefined) return { skipped: "the mode is not 1 to 9" };
  const row = { content: element.text, ...fields, ...shared(element) };
  if (mode === "special") {
    return {
      row: { kind: "special", ...row },
      skipped: `a danmaku of mode ${fields.origin.mode} is a program, not text`,
    };
  }
  const noted =
    fields.origin.color_text === undefined
      ? {}
      : { noted: "the colour is not 0 to 16777215: white is shown" };
  return { row: { kind: "danmaku", mode, ...row }, ...noted };
}

function readSuperchat(element: FileElement): ReadElement {
  const money = paid(element);
  if (typeof money === "string") return { skipped: money };
  const pin_ms = parseDecimal(element.attributes["time"] ?? "0", 3);
  if (pin_ms === undefined || pin_ms > Number.MAX_SAFE_INTEGER)
    return { skipped: "time is not a number of seconds" };
  return { row: { kind: "superchat", content: element.text, pin_ms, ...money } };
}

function readGift(element: FileElement): ReadElement {
  const money = paid(element);
  if (typeof money === "string") return { skipped: money };
  const { giftname = "", giftid, giftcount = "1" } = element.attributes as Record<string, string | undefined>;
  const count = parseInteger(giftcount, Number.MAX_SAFE_INTEGER);
  if (count === undefined || count === 0) return { skipped: "giftcount is not a count" };
  if (giftname === "") return { skipped: "giftname is missing" };
  return { row: { kind: "gift", gift_name: giftname, gift_id: giftid ?? giftname, count, ...money } };
}

/** The row in a child of the root whose name is one of `ROW_ELEMENTS`. */
export function readElement(element: FileElement): ReadElement {
  switch (element.name) {
    case "d":
      return readDanmaku(element);
    case "sc":
      return readSuperchat(element);
    case "gift":
      return readGift(element);
    default:
      return { skipped: "a membership (guard) has no record kind here" };
  }
}
