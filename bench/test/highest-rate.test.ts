import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { highestRate } from "../load/highest-rate.ts";
import type { Search } from "../load/highest-rate.ts";

/** Looks at a server that holds rates up to `limit`; what was found, and what was tried. */
async function look(search: Search, limit: number) {
  const tried: number[] = [];
  const { held, failed } = await highestRate(search, (rate) => {
    tried.push(rate);
    return Promise.resolve({ rate, failure: rate > limit ? "too much" : undefined, outcome: rate });
  });
  return { held: held?.rate, failed: failed?.rate, tried };
}

describe("the highest rate", () => {
  it("is the whole rate, tried once, when that holds", async () => {
    const found = await look({ top: 1_200, start: 1_200, halvings: 3 }, 1_200);

    assert.deepEqual(found, { held: 1_200, failed: undefined, tried: [1_200] });
  });

  it("is found from below in strides and halvings", async () => {
    const found = await look({ top: 1_000, start: 10, halvings: 3 }, 100);

    assert.deepEqual(found.tried, [10, 40, 160, 80, 113, 95]);
    assert.deepEqual([found.held, found.failed], [95, 113]);
  });

  it("is found from above", async () => {
    const found = await look({ top: 1_000, start: 1_000, halvings: 0 }, 100);

    assert.deepEqual(found, { held: 63, failed: 250, tried: [1_000, 250, 63] });
  });

  it("is none when not even one a second holds", async () => {
    const found = await look({ top: 16, start: 16, halvings: 3 }, 0);

    assert.deepEqual(found, { held: undefined, failed: 1, tried: [16, 4, 1] });
  });

  it("is never looked for above what is asked, nor between neighbours", async () => {
    const found = await look({ top: 3, start: 1, halvings: 9 }, 2);

    assert.deepEqual(found, { held: 2, failed: 3, tried: [1, 3, 2] });
  });
});
