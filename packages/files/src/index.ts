// ---- what a file holds
export { FileReport, SKIPPED_PLACES_MAX } from "./row.ts";
export type {
  FileContents,
  FileDanmaku,
  FileGift,
  FileRow,
  FileSpecial,
  FileSuperchat,
  HeaderElement,
  Noted,
  Skipped,
} from "./row.ts";
export { publishBodyOf, rowOfItem, senderHash } from "./item-row.ts";
export type { Adjustment } from "./item-row.ts";
export { detectFormat } from "./detect.ts";
export type { FileFormat } from "./detect.ts";
// ---- Bilibili XML
export { parseBilibiliXml } from "./bilibili/parse.ts";
export type { BilibiliFile } from "./bilibili/parse.ts";
export { BilibiliXmlReader, ELEMENT_MAX_CHARS } from "./bilibili/reader.ts";
export { bilibiliHeader, BilibiliXmlWriter, writeBilibiliXml } from "./bilibili/write.ts";
export type { WrittenXml, XmlWriterOptions } from "./bilibili/write.ts";
// ---- JSON
export { BARRAGE_JSON_VERSION, parseJsonDanmaku } from "./json/parse.ts";
export type { JsonFile } from "./json/parse.ts";
export { BarrageJsonWriter, writeJson } from "./json/write.ts";
export { writeArtplayerJson } from "./json/artplayer.ts";
// ---- ASS
export { writeAss } from "./ass/write.ts";
export type { AssOptions, WrittenAss } from "./ass/write.ts";
// ---- errors
export { FILES_ERRORS, filesError } from "./errors.ts";
export type { FilesErrorCode } from "./errors.ts";
