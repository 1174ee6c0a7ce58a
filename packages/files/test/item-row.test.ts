import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parsePublish, PTS_MAX_MS } from "@barrage/protocol";
import { publishBodyOf, senderHash } from "../src/index.ts";
import type { FileDanmaku } from "../src/index.ts";
import { anyText } from "./arbitraries.ts";

const row: FileDanmaku = { kind: "danmaku", content: "好", mode: "top", color: 255, size: 25, pts_ms: 1.5 };

describe("publishBodyOf", () => {
  it("[FI-21] changes nothing that a room takes", () => {
    assert.deepEqual(publishBodyOf(row), {
      body: { content: "好", mode: "top", color: 255, size: 25, pts_ms: 1.5 },
      adjusted: [],
    });
  });

  it("[FI-21] names what it changed", () => {
    assert.deepEqual(publishBodyOf({ ...row, content: "a\r\nb\tc\u2028\u0007", size: 100 }), {
      body: { content: "a b c ", mode: "top", color: 255, size: 64, pts_ms: 1.5 },
      adjusted: ["line breaks became spaces", "control characters were removed", "the size was out of range"],
    });
    assert.deepEqual(
      [11, 12, 64, 65].map((size) => publishBodyOf({ ...row, size }).body.size),
      [12, 12, 64, 64],
    );
  });

  it("[FI-21] drops a time that no room takes", () => {
    const ptsOf = (pts_ms: number) => publishBodyOf({ ...row, pts_ms }).body.pts_ms;

    assert.deepEqual([PTS_MAX_MS - 1, PTS_MAX_MS, PTS_MAX_MS + 1].map(ptsOf), [
      PTS_MAX_MS - 1,
      PTS_MAX_MS,
      undefined,
    ]);
  });

  it("[FI-21] makes a body that parsePublish takes, or only finds empty", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 1000 }), (content, size) => {
        try {
          parsePublish(publishBodyOf({ ...row, content, size }).body, 1000);
        } catch (error) {
          assert.equal((error as { code: string }).code, "BARRAGE_CONTENT_EMPTY");
        }
      }),
    );
  });
});

describe("senderHash", () => {
  it("[FI-13] is the crc32 of the uid in hex", () => {
    // The check value of CRC-32 as the catalogues give it.
    assert.equal(senderHash("123456789"), "cbf43926");
  });
});
