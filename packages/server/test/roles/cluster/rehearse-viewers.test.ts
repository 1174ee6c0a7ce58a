import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryFeed } from "@barrage/engine";
import type { GatewaySource } from "@barrage/engine";
import { background, unlessCancelled } from "@barrage/kernel";
import { resolveConfig } from "@barrage/server";
import { rehearseViewers } from "../../../src/roles/cluster/rehearse-viewers.ts";

const { config } = resolveConfig({ flags: { mode: "development" } });

/** A window that has nothing, and notes what it is asked. */
function windowOf(asked: string[]): GatewaySource["window"] {
  return {
    read(room, after) {
      asked.push(`${room} after ${after}`);
      return Promise.resolve({ items: [], head: { seq: 0, n: 0 }, floor: { seq: 0, n: 0 } });
    },
  };
}

describe("the rehearsal of a gateway", () => {
  it("[CR-51] lets viewers in who come back, shows them a record, and only reads", async () => {
    const asked: string[] = [];
    const feed = createMemoryFeed();

    await rehearseViewers(config, { window: windowOf(asked), feed }, background);

    assert.deepEqual(asked, Array<string>(3).fill("rehearsal after 1"));
  });

  it("[CR-51] is called off in the middle, and leaves nothing open", async () => {
    const feed = createMemoryFeed();
    using ctx = background.cancellable({ name: "rehearsal" });
    const never = Promise.withResolvers<never>();
    const asked = Promise.withResolvers<void>();
    const hanging: GatewaySource["window"] = {
      read(...[, , , own]) {
        asked.resolve();
        return unlessCancelled(never.promise, own);
      },
    };
    const running = rehearseViewers(config, { window: hanging, feed }, ctx);
    await asked.promise;
    ctx.cancel();

    await assert.rejects(running, { code: "KERNEL_CANCELLED" });
  });
});
