import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  BarrageError,
  CLOSE,
  comesBackAfter,
  defineErrors,
  PROTOCOL_ERRORS,
  protocolError,
  toPublicError,
} from "../../src/index.ts";
import type { CloseSpec, ErrorSpec, ProtocolErrorCode } from "../../src/index.ts";

const rows = Object.entries(PROTOCOL_ERRORS) as readonly (readonly [ProtocolErrorCode, ErrorSpec])[];
const closes: readonly CloseSpec[] = Object.values(CLOSE);

describe("the error table", () => {
  it("[PR-16] has unique codes of one form, and sentences", () => {
    assert.equal(new Set(rows.map(([code]) => code)).size, rows.length);
    for (const [code, { message }] of rows) {
      assert.match(code, /^BARRAGE_[A-Z]+(_[A-Z]+)*$/);
      assert.match(message, /^[A-Za-z{].*\.$/, code);
    }
  });

  it("[PR-16] sends every error somewhere", () => {
    for (const [code, { http, close }] of rows) {
      assert.ok(http !== undefined || close !== undefined, code);
      if (http !== undefined) assert.ok(Number.isInteger(http) && http >= 400 && http <= 599, code);
    }
  });

  it("[PR-16] fills the blanks of a sentence once, from the fields", () => {
    assert.equal(
      protocolError("BARRAGE_FRAME_TOO_LARGE", { limit: 9 }).message,
      "A frame may have at most 9 bytes.",
    );
    const error = protocolError("BARRAGE_BAD_FIELD", { field: "{rule}", rule: "$& {field}" });
    assert.equal(error.message, "{rule} $& {field}.");
    assert.deepEqual([error.name, error.code], ["BarrageError", "BARRAGE_BAD_FIELD"]);
  });

  it("[PR-17] closes with codes of the table, and tells to try again only where coming back helps", () => {
    const known = new Set(closes.map(({ code }) => code));
    for (const [code, { close, retryable }] of rows) {
      if (close === undefined) continue;
      assert.ok(known.has(close), code);
      if (retryable) assert.ok(comesBackAfter(close), code);
    }
  });

  it("[PR-17] has unique close codes within the private range, each with a meaning", () => {
    assert.equal(new Set(closes.map(({ code }) => code)).size, closes.length);
    assert.equal(new Set(closes.map(({ meaning }) => meaning)).size, closes.length);
    for (const { code, meaning } of closes) {
      assert.ok(code >= 4000 && code <= 4999);
      assert.notEqual(meaning, "");
    }
  });

  it("[PR-17] tells who comes back by range", () => {
    const expected = { 3999: true, 4000: true, 4499: true, 4500: false, 4999: false, 5000: true };
    for (const [code, back] of Object.entries(expected))
      assert.equal(comesBackAfter(Number(code)), back, code);
    for (const name of ["UNAUTHENTICATED", "BANNED", "ROOM_CLOSED"] as const) {
      assert.equal(comesBackAfter(CLOSE[name].code), false);
    }
    for (const name of ["DRAIN", "SLOW_CONSUMER", "TOKEN_EXPIRED"] as const) {
      assert.equal(comesBackAfter(CLOSE[name].code), true);
    }
  });

  it("[PR-18] comes back after the network's codes, except two", () => {
    for (const code of [1000, 1001, 1005, 1006, 1007, 1010, 1011, 1012, 1013, 1015]) {
      assert.equal(comesBackAfter(code), true);
    }
    assert.deepEqual([1008, 1009].map(comesBackAfter), [false, false]);
  });

  it("[PR-19] shows a peer three things and no more", () => {
    const error = protocolError("BARRAGE_INTERNAL", { secret: "s" }, new Error("inner"));

    assert.deepEqual(toPublicError(error), {
      code: "BARRAGE_INTERNAL",
      message: "Something went wrong on our side.",
      retryable: true,
    });
    assert.equal((error.cause as Error).message, "inner");
    assert.equal("cause" in protocolError("BARRAGE_INTERNAL"), false);
  });

  it("[PR-20] knows its own by brand, not by class", () => {
    const make = defineErrors({ MY_CODE: { message: "It {what}.", retryable: false } });
    const own = make("MY_CODE", { what: "broke" });
    const foreign = { [Symbol.for("barrage.error")]: true, spec: own.spec, code: "MY_CODE" };

    assert.equal(BarrageError.is(own), true);
    assert.equal(BarrageError.is(foreign), true);
    for (const value of [null, undefined, 1, "x", {}, new Error("x"), { code: "MY_CODE" }]) {
      assert.equal(BarrageError.is(value), false);
    }
  });
});
