import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { runLoad } from "../../src/index.ts";
import { planFor } from "../reference/plans.ts";
import { ReferenceServer } from "../reference/reference-server.ts";

const SOUND = { fate: () => ({ copies: 1, delayMs: 0 }) };

describe("a server whose roles have addresses of their own", () => {
  it("[LD-92] is published at one of them and watched at the other", async () => {
    await using gateway = await new ReferenceServer("barrage", SOUND).listen();
    await using ingest = await new ReferenceServer("barrage", SOUND).listen();
    const plan = planFor(gateway.port, {
      viewers: 3,
      stages: [{ kind: "hold", rate: 20, seconds: 1 }],
      // All of it is waited for: nothing leads from the one to the other here. What matters is that each send is
      // answered within it, on a busy machine as well.
      drainMs: 2_000,
      publishAt: { host: "127.0.0.1", port: ingest.port },
    });

    const { acked, audience } = await runLoad(plan, {}, background);

    assert.deepEqual([ingest.published, ingest.viewers.length], [20, 0]);
    assert.deepEqual([gateway.published, gateway.viewers.length], [0, 3]);
    assert.deepEqual([acked, audience.expected, audience.lost], [20, 60, 60]);
  });
});
