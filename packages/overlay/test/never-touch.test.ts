import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findTouch, type Stay } from "./never-touch.ts";

const stay = (fields: Partial<Stay>): Stay => ({
  id: "a",
  group: "moving",
  direction: "scroll",
  bandFrom: 0,
  bandTo: 10,
  width: 100,
  speed: 1,
  enterAt: 0,
  until: 1_100,
  enterWidth: 1_000,
  ...fields,
});
const widths = [{ at: 0, width: 1_000 }];

describe("the oracle of the lane tests", () => {
  it("[OV-1] finds an entry over a tail and a catch-up, and passes neighbours that keep apart", () => {
    assert.notEqual(findTouch([stay({}), stay({ enterAt: 99, until: 1_199 })], widths), null);
    assert.equal(findTouch([stay({}), stay({ enterAt: 100, until: 1_200 })], widths), null);
    assert.notEqual(findTouch([stay({}), stay({ enterAt: 100, speed: 2, until: 650 })], widths), null);
  });

  it("[OV-2] finds opposite directions and, for still ones, any time together", () => {
    const reverse = stay({ direction: "reverse", enterAt: 1_099, until: 2_199 });
    assert.notEqual(findTouch([stay({}), reverse], widths), null);
    assert.equal(findTouch([stay({}), stay({ ...reverse, enterAt: 1_100 })], widths), null);
    const still = stay({ direction: "still", group: "top", until: 10 });
    assert.notEqual(findTouch([still, stay({ ...still, enterAt: 9, until: 20 })], widths), null);
    assert.equal(findTouch([still, stay({ ...still, bandFrom: 10, bandTo: 20 })], widths), null);
  });
});
