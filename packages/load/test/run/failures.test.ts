import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { checkPlan, loopbackSources, runLoad } from "../../src/index.ts";
import type { LoadPlan } from "../../src/index.ts";
import { reasonsAgainst } from "../../src/run/self-watch.ts";
import { planFor } from "../reference/plans.ts";
import { ReferenceServer } from "../reference/reference-server.ts";

const SOUND = { fate: () => ({ copies: 1, delayMs: 0 }) };

describe("a run", () => {
  it("[LD-4] is refused with a plan that cannot be", () => {
    const bad: Partial<LoadPlan>[] = [
      { run: "No!" },
      { rooms: [] },
      { viewers: 0 },
      { users: 1.5 },
      { lanes: 1_000_001 },
      { connectPerSecond: 0 },
      { sampleShare: 1.1 },
      { storms: [{ at: 1, share: -0.1 }] },
      { storms: [{ at: 1, share: 0.1, withinMs: 0 }] },
    ];
    for (const changes of bad) assert.throws(() => checkPlan(planFor(1, changes)), { code: "LOAD_BAD_PLAN" });
    checkPlan(planFor(1, { lanes: 1_000_000, sampleShare: 1 }));
  });

  it("[LD-19] does not begin where nobody answers, where no login is given, with an unknown protocol", async (t) => {
    const refusing = createServer(
      (_, response) => void response.writeHead(403, { "content-length": 2 }).end("{}"),
    );
    await new Promise<void>((resolve) => void refusing.listen(0, "127.0.0.1", resolve));
    t.after(() => void refusing.close());
    const { port } = refusing.address() as AddressInfo;
    await assert.rejects(runLoad(planFor(port), {}, background), { code: "LOAD_LOGIN_REFUSED" });
    await assert.rejects(runLoad(planFor(port, { protocol: "plain-json" }), {}, background), {
      code: "LOAD_UNREACHABLE",
    });
    await assert.rejects(runLoad(planFor(port, { protocol: "smoke" }), {}, background), {
      code: "LOAD_BAD_PLAN",
    });
    refusing.closeAllConnections();
    await new Promise((resolve) => void refusing.close(resolve));

    await assert.rejects(runLoad(planFor(port), {}, background), { code: "LOAD_UNREACHABLE" });
  });

  it("[LD-19] that is stopped reports what it has, and says that it is not complete", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    using stopping = background.cancellable({ name: "stop" });
    const plan = planFor(server.port, { stages: [{ kind: "hold", rate: 100, seconds: 60 }] });

    const report = await runLoad(
      plan,
      // Those before the sends are second -1, and as many as it takes to connect.
      { onSecond: ({ second }) => second >= 0 && stopping.cancel() },
      stopping,
    );

    assert.equal(report.isComplete, false);
    assert.ok(report.published > 0 && report.published < 6_000);
  });

  it("[LD-20] counts a second in which the generator could not keep up as invalid", () => {
    const fine = { cpu: 0.5, loopDelayP99Ms: 3, loopDelayMaxMs: 100, sendLagMaxMs: 4 };

    assert.deepEqual(reasonsAgainst(fine), []);
    assert.deepEqual(reasonsAgainst({ ...fine, cpu: 0.95, loopDelayP99Ms: 20, sendLagMaxMs: 50 }), []);
    assert.deepEqual(reasonsAgainst({ ...fine, cpu: 0.96, loopDelayP99Ms: 20.1, sendLagMaxMs: 50.1 }), [
      "cpu",
      "event loop",
      "send lag",
    ]);
  });

  it("[LD-21] takes addresses of the loopback network where one would not do", () => {
    assert.deepEqual(loopbackSources("127.0.0.1", 150), []);
    assert.deepEqual(loopbackSources("127.0.0.1", 151), ["127.0.0.2", "127.0.0.3"]);
    assert.deepEqual(loopbackSources("198.51.100.7", 5_000), []);
    assert.equal(loopbackSources("127.0.0.1", 1_000_000).length, 250);
  });
});
