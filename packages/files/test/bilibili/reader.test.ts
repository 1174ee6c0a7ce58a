import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BilibiliXmlReader, ELEMENT_MAX_CHARS, parseBilibiliXml } from "../../src/index.ts";

const head = `<i><d p="0,1,25,0,1,0,x,1">`;
const contentOf = (text: string) => parseBilibiliXml(`${head}${text}</d></i>`);

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
}

describe("BilibiliXmlReader", () => {
  it("[FI-7] removes and counts what XML 1.0 cannot hold", () => {
    const { danmaku, stripped } = contentOf(
      "a\u0000b\u0008c\ud83dd\udc00e\ufffef\uffffg😀\t&#0;&#x1f;&#xD800;&#65;h",
    );

    assert.equal(danmaku[0]?.content, "abcdefg😀\tAh");
    assert.equal(stripped, 9);
  });

  it("[FI-7] reads an & that begins no reference as text and notes it", () => {
    const { danmaku, noted, stripped } = contentOf("a & b &&amp; R&amp;D; &;&");

    assert.equal(danmaku[0]?.content, "a & b && R&D; &;&");
    assert.deepEqual(noted, { "an & that begins no reference was read as text": 4 });
    assert.equal(stripped, 0);
  });

  it("[FI-7] leaves a reference inside CDATA or a comment alone", () => {
    const { danmaku, stripped } = contentOf("<![CDATA[&#0; <x>]]>&#0;<!-- &#0; <![CDATA[ -->&#1;z&amp;#0;");

    assert.equal(danmaku[0]?.content, "&#0; <x>z&#0;");
    assert.equal(stripped, 2);
  });

  it("[FI-7] gives the same rows however the text is cut", async () => {
    const text =
      `${head}😀&#0;&#x1F600;<![CDATA[]]]]><![CDATA[>&#0;]]>\ud83d&#128512;&amp;</d>\n` +
      `<!-- -&#0;- --><d p="1,1,25,0,1,0,x,2">]]&gt;\udc00</d></i>`;
    const whole = parseBilibiliXml(text);

    assert.deepEqual(
      whole.danmaku.map((row) => row.content),
      ["😀😀]]>&#0;😀&", "]]>"],
    );
    for (let size = 1; size <= text.length; size += 1) {
      assert.deepEqual(await parseBilibiliXml(pieces(text, size)), whole, `pieces of ${size}`);
    }
  });

  it("[FI-8] takes an element at the limit and refuses a larger one", () => {
    const fits = ELEMENT_MAX_CHARS - "</d>".length;

    for (const length of [fits - 1, fits]) {
      assert.equal(contentOf("x".repeat(length)).danmaku[0]?.content.length, length);
    }
    assert.throws(() => contentOf("x".repeat(fits + 1)), { code: "FILES_ELEMENT_TOO_LARGE" });
    assert.throws(() => contentOf(`<!--${"x".repeat(fits)}-->`), { code: "FILES_ELEMENT_TOO_LARGE" });
    assert.throws(() => parseBilibiliXml(`<i><d p="${"x".repeat(ELEMENT_MAX_CHARS)}"/></i>`), {
      code: "FILES_ELEMENT_TOO_LARGE",
    });
  });

  it("[FI-8] takes 64 levels and refuses 65", () => {
    const nested = (levels: number) => `<i>${"<a>".repeat(levels - 1)}${"</a>".repeat(levels - 1)}</i>`;

    assert.equal(parseBilibiliXml(nested(63)).rows.length, 0);
    assert.equal(parseBilibiliXml(nested(64)).rows.length, 0);
    assert.throws(() => parseBilibiliXml(nested(65)), { code: "FILES_ELEMENT_TOO_LARGE" });
  });

  it("[FI-8] hands out rows as it goes and keeps none", () => {
    const reader = new BilibiliXmlReader();
    const row = `<d p="0,1,25,0,1,0,x,1">hi</d>`;
    reader.push("<i>");

    assert.equal(reader.push(row.repeat(100)).length, 100);
    assert.equal(reader.push(row.slice(0, 29)).length, 0);
    assert.equal(reader.push(`${row.slice(29)}</i>`).length, 1);
    assert.equal(reader.end().length, 0);
  });

  it("[FI-9] any text gives rows or one of our errors", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(
        "<i>",
        "</i>",
        head.slice(3),
        "</d>",
        "<![CDATA[",
        "]]>",
        "&#",
        ";",
        "<!--",
        "-->",
        "<?xml",
        "<!DOCTYPE i [",
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const reader = new BilibiliXmlReader();
        try {
          for (const text of parts) reader.push(text);
          reader.end();
        } catch (error) {
          assert.match((error as { code: string }).code, /^FILES_/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
