import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, unlessCancelled } from "@barrage/kernel";
import { resolveConfig } from "@barrage/server";
import { rehearseRecords } from "../../../src/roles/cluster/rehearse-records.ts";
import type { RecordsSource } from "../../../src/roles/cluster/rehearse-records.ts";

const { config } = resolveConfig({ flags: { mode: "development" } });

/** A window that has nothing, and notes which rooms it is asked for. */
function windowOf(asked: string[]): RecordsSource["window"] {
  return {
    find(room) {
      asked.push(room);
      return Promise.resolve(undefined);
    },
    read: () => Promise.resolve({ items: [], head: { seq: 0, n: 0 }, floor: { seq: 0, n: 0 } }),
  };
}

describe("the rehearsal of a router", () => {
  it("[CR-51] takes a partition over, looks for its rooms, and ends when its records are published", async () => {
    const asked: string[] = [];

    await rehearseRecords(config, { window: windowOf(asked) }, background);

    assert.deepEqual(asked, ["rehearsal-1", "rehearsal-2", "rehearsal-0"]);
  });

  it("[CR-51] is called off in the middle, and leaves nothing open", async () => {
    using ctx = background.cancellable({ name: "rehearsal" });
    const asked = Promise.withResolvers<void>();
    const find: RecordsSource["window"]["find"] = (_, own) => {
      asked.resolve();
      return unlessCancelled(Promise.withResolvers<never>().promise, own);
    };
    const running = rehearseRecords(config, { window: { ...windowOf([]), find } }, ctx);
    await asked.promise;
    ctx.cancel();

    await assert.rejects(running, { code: "KERNEL_CANCELLED" });
  });

  it("[CR-51] fails with a window that is away, instead of asking it again", async () => {
    const error = new Error("Redis is away");
    const find = () => Promise.reject(error);

    await assert.rejects(rehearseRecords(config, { window: { ...windowOf([]), find } }, background), error);
  });
});
