import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, go, scope } from "@barrage/kernel";
import { withNoLeakedTasks } from "@barrage/testkit";

describe("withNoLeakedTasks", () => {
  it("passes the result of a body whose tasks all ended", async () => {
    const result = await withNoLeakedTasks(() => scope((s) => s.spawn(() => 7)));

    assert.equal(result, 7);
  });

  it("names a task left over and what it waits for", async () => {
    const jobs = new Channel<number>(0, { name: "jobs" });

    await assert.rejects(
      withNoLeakedTasks(() => void go((ctx) => jobs.receive(ctx), { name: "worker" })),
      { message: "1 task(s) outlived the body:\napplication/worker: receive jobs" },
    );
    jobs.close();
  });

  it("does not blame a task that was there before", async () => {
    const jobs = new Channel<number>();
    const before = go((ctx) => jobs.receive(ctx));

    await withNoLeakedTasks(() => undefined);

    jobs.close();
    await before;
  });

  it("gives a task that is on its way out the turns to get there", async () => {
    const stop = new Channel<number>();

    await withNoLeakedTasks(() => {
      go((ctx) => stop.receive(ctx));
      stop.close();
    });
  });

  it("passes on the body's own error", async () => {
    await assert.rejects(
      withNoLeakedTasks(() => Promise.reject(new Error("own"))),
      { message: "own" },
    );
  });
});
