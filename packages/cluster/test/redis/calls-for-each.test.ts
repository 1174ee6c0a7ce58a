import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { callForEach } from "../../src/redis/calls-for-each.ts";

/** More than two bunches. */
const MANY = 600;

describe("a call for each of many rooms", () => {
  it("[RD-43] one node's rooms do not cost the others theirs: all are called, and the first failure is told", async () => {
    const called: number[] = [];
    const calling = callForEach(Array.from({ length: MANY }, (_, i) => i), (i) => {
      called.push(i);
      return i % 100 === 7 ? Promise.reject(new Error(`room ${i}`)) : Promise.resolve();
    }); // prettier-ignore

    await assert.rejects(calling, /room 7$/);
    assert.equal(called.length, MANY);
  });

  it("[RD-43] who was cancelled calls no more", async () => {
    using ctx = rootContext().cancellable();
    let called = 0;
    const calling = callForEach(Array.from({ length: MANY }), () => {
      called += 1;
      ctx.cancel();
      return Promise.resolve().then(() => ctx.throwIfCancelled());
    });

    await assert.rejects(calling, { code: "KERNEL_CANCELLED" });
    assert.equal(called < MANY, true, `${called} calls`);
  });
});
