import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import {
  parseBilibiliXml,
  parseJsonDanmaku,
  writeArtplayerJson,
  writeAss,
  writeBilibiliXml,
} from "../src/index.ts";
import type { FileDanmaku } from "../src/index.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/danmaku/", import.meta.url));
const required = process.env["BARRAGE_REQUIRE_SERVICES"] === "1";
const skip = !existsSync(folder) && !required ? "the real files are not beside this clone" : false;

const read = (name: string) => readFileSync(folder + name, "utf8");
function modesOf(rows: readonly FileDanmaku[]) {
  const count = (mode: string) => rows.filter((row) => row.mode === mode).length;
  return { scroll: count("scroll"), top: count("top"), bottom: count("bottom") };
}

const XML_FILES = [
  { name: "trailer-499.xml", modes: { scroll: 366, top: 58, bottom: 75 }, colorless: 0, stripped: 0 },
  { name: "trailer-1783.xml", modes: { scroll: 1181, top: 456, bottom: 146 }, colorless: 65, stripped: 2 },
  { name: "vlog-1224.xml", modes: { scroll: 1128, top: 93, bottom: 3 }, colorless: 0, stripped: 0 },
];

describe("real files", { skip }, () => {
  for (const { name, modes, colorless, stripped } of XML_FILES) {
    it(`[FI-22] reads all of ${name} and writes it back`, () => {
      const file = parseBilibiliXml(read(name));

      assert.deepEqual(modesOf(file.danmaku), modes);
      assert.equal(file.danmaku.length, modes.scroll + modes.top + modes.bottom);
      assert.equal(file.danmaku.filter((row) => row.origin?.color_text !== undefined).length, colorless);
      assert.deepEqual([file.skipped.length, file.stripped], [0, stripped]);
      const again = parseBilibiliXml(writeBilibiliXml(file.rows, file.header).xml);
      assert.deepEqual(again, { ...file, stripped: 0 });
    });

    it(`[FI-22] reads ${name} the same as a stream`, async () => {
      const stream = createReadStream(folder + name, { encoding: "utf8", highWaterMark: 1000 });

      assert.deepEqual(await parseBilibiliXml(stream), parseBilibiliXml(read(name)));
    });
  }

  it("[FI-22] reads all of drama-16348.json and writes it back", () => {
    const file = parseJsonDanmaku(read("drama-16348.json"));

    assert.equal(file.danmaku.length, 16_348);
    assert.deepEqual([file.skipped.length, file.noted], [0, {}]);
    assert.deepEqual(parseJsonDanmaku(writeArtplayerJson(file.rows).json), file);
  });

  it("[FI-22] makes an ASS line of every danmaku or counts it", () => {
    const { rows } = parseBilibiliXml(read("vlog-1224.xml"));
    const { ass, leftOut, omitted } = writeAss(rows);

    assert.equal(ass.match(/^Dialogue:/gm)?.length, 1224 - leftOut);
    assert.equal(omitted, 0);
  });
});
