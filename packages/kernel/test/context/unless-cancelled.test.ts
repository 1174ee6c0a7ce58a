import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, isCancelled, unlessCancelled } from "@barrage/kernel";

describe("unlessCancelled", () => {
  it("[KN-14] gives what the work comes to", async () => {
    using ctx = background.cancellable();
    const failure = new Error("no");

    assert.equal(await unlessCancelled(Promise.resolve(7), ctx), 7);
    await assert.rejects(unlessCancelled(Promise.reject(failure), ctx), failure);
  });

  it("[KN-14] throws the cancel error if that comes first, and leaves the work's failure to nobody", async () => {
    using ctx = background.cancellable();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = unlessCancelled(promise, ctx);
    ctx.cancel();

    await assert.rejects(waiting, isCancelled);
    // Unhandled, it would end this process.
    reject(new Error("too late"));
    await assert.rejects(unlessCancelled(new Promise(() => undefined), ctx), isCancelled);
  });
});
