import { danmakuOf } from "../row.ts";
import type { FileContents, FileRow, HeaderElement } from "../row.ts";
import { BilibiliXmlReader } from "./reader.ts";

/** A whole Bilibili XML file. */
export interface BilibiliFile extends FileContents {
  readonly header: readonly HeaderElement[];
}

function contents(reader: BilibiliXmlReader, rows: readonly FileRow[]): BilibiliFile {
  const { header, stripped } = reader;
  const { skipped, skippedByReason, noted } = reader.report;
  return { header, rows, danmaku: danmakuOf(rows), skipped, skippedByReason, noted, stripped };
}

async function parseChunks(source: AsyncIterable<string>): Promise<BilibiliFile> {
  const reader = new BilibiliXmlReader();
  const rows: FileRow[] = [];
  for await (const chunk of source) for (const row of reader.push(chunk)) rows.push(row);
  for (const row of reader.end()) rows.push(row);
  return contents(reader, rows);
}

/**
 * Every row of a Bilibili XML file, 8 or 9 fields, live recorder's dialect included. For files that should not be held
 * in memory use `BilibiliXmlReader`, which this is made of.
 *
 * Errors     FILES_BAD_XML, FILES_NOT_DANMAKU, FILES_ELEMENT_TOO_LARGE. A bad row is no error: it is in `skipped`.
 * Example    const { danmaku, skipped } = parseBilibiliXml(readFileSync("live.xml", "utf8"));
 */
export function parseBilibiliXml(source: string): BilibiliFile;
export function parseBilibiliXml(source: AsyncIterable<string>): Promise<BilibiliFile>;
export function parseBilibiliXml(
  source: string | AsyncIterable<string>,
): BilibiliFile | Promise<BilibiliFile> {
  if (typeof source !== "string") return parseChunks(source);
  const reader = new BilibiliXmlReader();
  const rows = [...reader.push(source)];
  for (const row of reader.end()) rows.push(row);
  return contents(reader, rows);
}
