import type { Item } from "@barrage/protocol";
import { writeDecimal } from "../decimal.ts";
import { rowOfItem } from "../item-row.ts";
import type { FileDanmaku, FileGift, FileRow, FileSpecial, FileSuperchat, HeaderElement } from "../row.ts";
import { RECORDER_CURRENCY } from "./elements.ts";
import { writeFields } from "./fields.ts";
import { modeOfNumber, NUMBER_OF_MODE } from "./modes.ts";
import { stripForXml } from "./sanitizer.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};
const escape = (text: string, pattern: RegExp): string =>
  text.replace(pattern, (found) => ESCAPES[found] ?? found);
/** A bare \r would be read back as \n; `>` is escaped because of `]]>`. */
const escapeText = (text: string): string => escape(text, /[&<>\r]/g);
const escapeAttribute = (text: string): string => escape(text, /[&<>"\t\n\r]/g);

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** The header Bilibili's own files have. */
export function bilibiliHeader(chatid: string): readonly HeaderElement[] {
  const texts = {
    chatserver: "",
    chatid,
    mission: "0",
    maxlimit: "0",
    state: "0",
    real_name: "0",
    source: "k-v",
  };
  return Object.entries(texts).map(([name, text]) => ({ name, text, attributes: {} }));
}

export interface XmlWriterOptions {
  /** Wall clock of the start of the recording, ms since 1970: where records without a place in the video count from. */
  readonly startedAt?: number;
}

/**
 * Writes a Bilibili XML file piece by piece, so that an export needs no more memory than a row.
 *
 * Shape      `open`, then `row` or `item` for each record in the order wanted, then `close`; each returns text to append.
 * Bounds     what XML 1.0 cannot hold is stripped and counted in `stripped`; kinds without a row are counted in `omitted`.
 */
export class BilibiliXmlWriter {
  stripped = 0;
  readonly #omitted = new Map<string, number>();
  #startedAt: number | undefined;

  constructor(options: XmlWriterOptions = {}) {
    this.#startedAt = options.startedAt;
  }

  /** Records that a danmaku file has no row for, by kind. */
  get omitted(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#omitted);
  }

  open(header: readonly HeaderElement[]): string {
    const elements = header.map(
      ({ name, attributes, text }) => `  ${this.#element(name, attributes, text)}\n`,
    );
    return `<?xml version="1.0" encoding="UTF-8"?>\n<i>\n${elements.join("")}`;
  }

  item(item: Item): string {
    this.#startedAt ??= item.at;
    const row = rowOfItem(item, this.#startedAt);
    if (row !== undefined) return this.row(row);
    this.#omitted.set(item.kind, (this.#omitted.get(item.kind) ?? 0) + 1);
    return "";
  }

  row(row: FileRow): string {
    switch (row.kind) {
      case "danmaku":
      case "special":
        return this.#danmaku(row);
      case "superchat":
        return this.#superchat(row);
      case "gift":
        return this.#gift(row);
    }
  }

  close(): string {
    return "</i>\n";
  }

  #danmaku(row: FileDanmaku | FileSpecial): string {
    const origin = row.origin ?? { sender: "", row_id: "0", pool: 0, mode: 1, sent_at: 0, sent_at_unit: "s" };
    // The file's own number unless somebody changed the mode: 2 and 3 scroll like 1.
    const same = row.kind === "special" || modeOfNumber(origin.mode) === row.mode;
    const mode = same ? origin.mode : NUMBER_OF_MODE[row.mode];
    const { pts_ms = 0, size, color } = row;
    const p = writeFields({ pts_ms, size, color, origin: { ...origin, mode } });
    return this.#rowElement("d", { p, user: row.sender, raw: row.raw }, row.content);
  }

  #superchat(row: FileSuperchat): string {
    const attributes = { ...paid(row), price: amount(row), time: writeDecimal(row.pin_ms, -3), raw: row.raw };
    return this.#rowElement("sc", attributes, row.content);
  }

  #gift(row: FileGift): string {
    const attributes = {
      ...paid(row),
      giftname: row.gift_name,
      giftid: row.gift_id === row.gift_name ? undefined : row.gift_id,
      giftcount: row.count,
      price: row.amount_micros === 0 ? undefined : amount(row),
      raw: row.raw,
    };
    return this.#rowElement("gift", attributes, "");
  }

  #rowElement(name: string, attributes: Attributes, text: string): string {
    return `  ${this.#element(name, attributes, text)}\n`;
  }

  #element(name: string, attributes: Attributes, text: string): string {
    const parts = Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}="${escapeAttribute(this.#strip(String(value)))}"`);
    return `<${name}${parts.join("")}>${escapeText(this.#strip(text))}</${name}>`;
  }

  #strip(text: string): string {
    const { text: kept, stripped } = stripForXml(text);
    this.stripped += stripped;
    return kept;
  }
}

const amount = (row: FileSuperchat | FileGift): string => writeDecimal(row.amount_micros, -6);

function paid(row: FileSuperchat | FileGift): Attributes {
  return {
    ts: writeDecimal(row.pts_ms ?? 0, -3),
    user: row.sender,
    uid: row.uid,
    currency: row.currency === RECORDER_CURRENCY ? undefined : row.currency,
  };
}

export interface WrittenXml {
  readonly xml: string;
  readonly stripped: number;
  readonly omitted: Readonly<Record<string, number>>;
}

/** A whole file in one string, records in the order given. */
export function writeBilibiliXml(
  records: Iterable<Item | FileRow>,
  header: readonly HeaderElement[] = [],
  options: XmlWriterOptions = {},
): WrittenXml {
  const writer = new BilibiliXmlWriter(options);
  const parts = [writer.open(header)];
  for (const record of records) parts.push("seq" in record ? writer.item(record) : writer.row(record));
  parts.push(writer.close());
  return { xml: parts.join(""), stripped: writer.stripped, omitted: writer.omitted };
}
