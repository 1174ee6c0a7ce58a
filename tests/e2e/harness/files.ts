import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHARED = fileURLToPath(new URL("../../../../shared/data/danmaku/", import.meta.url));

/** A real danmaku file beside the repository; undefined where it is not there. */
export function sharedFile(name: string): string | undefined {
  const path = SHARED + name;
  return existsSync(path) ? path : undefined;
}

/** What this test, not the product, reads in a Bilibili file. */
export interface ReadRow {
  readonly pts: number;
  readonly mode: string;
  readonly size: string;
  readonly color: string;
  readonly sentAt: string;
  readonly pool: string;
  readonly sender: string;
  readonly rowId: string;
  readonly weight: string | undefined;
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const unescape = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return ENTITIES[name ?? ""] ?? whole;
    },
  );

/** As rooms take it: control characters stripped, as XML 1.0 requires, and composed. */
const asPublished = (text: string): string =>
  unescape(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, "")
    .normalize("NFC");

/** Rows of a Bilibili XML file, read with a pattern: a second opinion, independent of the product's parser. */
export function readRows(xml: string): readonly ReadRow[] {
  return [...xml.matchAll(/<d p="([^"]*)"[^>]*>([^<]*)<\/d>/g)].map(([, fields = "", text = ""]) => {
    const [
      pts = "",
      mode = "",
      size = "",
      color = "",
      sentAt = "",
      pool = "",
      sender = "",
      rowId = "",
      weight,
    ] = fields.split(",");
    return {
      pts: Number(pts),
      mode,
      size,
      color,
      sentAt,
      pool,
      sender,
      rowId,
      weight,
      text: asPublished(text),
    };
  });
}

export const readRowsOf = (path: string): readonly ReadRow[] => readRows(readFileSync(path, "utf8"));

/** Real files hold what is no colour; a room shows white then. */
const WHITE = "16777215";
export const colorShown = (color: string): string => (/^\d+$/.test(color) ? color : WHITE);

/** The same texts the same number of times, in any order; a failure names what differs, not everything. */
export function assertSameBag(actual: readonly string[], expected: readonly string[]): void {
  const balance = new Map<string, number>();
  for (const text of actual) balance.set(text, (balance.get(text) ?? 0) + 1);
  for (const text of expected) balance.set(text, (balance.get(text) ?? 0) - 1);
  const differing = [...balance].filter(([, count]) => count !== 0);
  assert.deepEqual(
    differing.slice(0, DIFFERENCES_SHOWN),
    [],
    `${differing.length} texts differ (1: too many, -1: missing)`,
  );
  assert.equal(actual.length, expected.length);
}

const DIFFERENCES_SHOWN = 10;

/** A danmaku file made here: every mode, sizes, colours, escapes, an emoji, a control character, a decomposed letter. */
export function makeFile(count: number): string {
  const modes = [1, 4, 5, 6];
  const texts = [
    "你好，世界",
    "a &lt;b&gt; &amp; c",
    "👩‍👩‍👧 emoji",
    "cafe\u0301 decomposed",
    "con\u0008trol",
    "  spaces kept  ",
  ];
  const rows = Array.from({ length: count }, (_, row) => {
    const fields = [
      (((row * 37) % 100) / 10).toFixed(3),
      modes[row % modes.length],
      row % 7 === 0 ? 36 : 25,
      (row * 65_537) % 0x1000000,
      1_650_000_000 + row,
      0,
      (row % 13).toString(16).padStart(8, "a"),
      String(9_007_199_254_740_993n + BigInt(row)),
    ];
    return `<d p="${fields.join(",")}">${texts[row % texts.length]} ${row}</d>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><i><chatid>1</chatid>${rows.join("\n")}</i>`;
}
