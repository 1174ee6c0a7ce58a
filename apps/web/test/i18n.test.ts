import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { protocolError } from "@barrage/protocol";
import { pickLanguage, sayError, sayIn, TABLES } from "../src/i18n/text.ts";

const places = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();

describe("languages", () => {
  it("[WB-1] has every text in both languages, none empty, with the same places to fill", () => {
    assert.deepEqual(Object.keys(TABLES.zh).sort(), Object.keys(TABLES.en).sort());
    for (const [key, text] of Object.entries(TABLES.en)) {
      const other = TABLES.zh[key as keyof typeof TABLES.en];
      assert.ok(text.length > 0 && other.length > 0, key);
      assert.deepEqual(places(other), places(text), key);
    }
  });

  it("[WB-1] is Chinese where it should be", () => {
    const foreign = Object.entries(TABLES.zh).filter(
      ([key, text]) => key !== "app.language" && !/\p{Script=Han}/u.test(text),
    );
    assert.deepEqual(foreign, []);
  });

  for (const [stored, preferred, language] of [
    [null, ["zh-CN", "en"], "zh"],
    [null, ["fr", "EN-gb"], "en"],
    [null, ["fr"], "en"],
    ["zh", ["en"], "zh"],
    ["klingon", ["zh-Hant-TW"], "zh"],
  ] as const) {
    it(`[WB-2] begins in ${language} for ${preferred.join(", ")} with ${stored} stored`, () => {
      assert.equal(pickLanguage(stored, preferred), language);
    });
  }

  it("[WB-2] fills places and leaves those without a value", () => {
    assert.equal(sayIn("en")("send.left", { used: 3 }), "3 of {max} characters");
  });

  it("[WB-2] has words for what a viewer may meet, and the code for the rest", () => {
    assert.equal(sayError(sayIn("zh"), protocolError("BARRAGE_MUTED")), "你已被禁言。");
    assert.equal(
      sayError(sayIn("en"), protocolError("BARRAGE_HELD_UNKNOWN")),
      "That did not work (BARRAGE_HELD_UNKNOWN).",
    );
    assert.equal(sayError(sayIn("en"), new Error("x")), "That did not work (BARRAGE_INTERNAL).");
  });
});
