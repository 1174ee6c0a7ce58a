import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { LoadRig } from "../../src/index.ts";
import type { CapacitySettings, ServerReading, StepMeasure } from "../../src/index.ts";
import { ReferenceServer } from "../reference/reference-server.ts";
import { SETTINGS } from "./models.ts";

const DELAY_MS = 30;

const referenceServer = (): Promise<ReferenceServer> =>
  new ReferenceServer("barrage", { fate: () => ({ copies: 1, delayMs: DELAY_MS }) }).listen();

/** Every reading says that two seconds of a processor went by in one. */
function busyServer(): () => Promise<ServerReading> {
  let readings = 0;
  return () =>
    Promise.resolve({ cpuSeconds: (readings += 1) * 2, residentBytes: 1e8, connections: readings });
}

function rigFor(server: ReferenceServer, changes: Partial<CapacitySettings> = {}): LoadRig {
  const settings = { ...SETTINGS, port: server.port, fixed: 3, users: 5, ...changes };
  return new LoadRig({ settings, run: "rig", readServer: busyServer() });
}

async function measured(
  rig: LoadRig,
  loads: readonly number[],
  goesOn: (measure: StepMeasure) => boolean = () => true,
): Promise<readonly StepMeasure[]> {
  const measures: StepMeasure[] = [];
  await rig.measure(
    { loads, seconds: 2 },
    (measure) => {
      measures.push(measure);
      return goesOn(measure);
    },
    background,
  );
  return measures;
}

describe("loads on a real server", { timeout: 120_000 }, () => {
  it("[LD-75] steps of the rate are made by one audience, until the first that is enough", async () => {
    await using server = await referenceServer();

    const measures = await measured(rigFor(server), [20, 40, 400], ({ load }) => load < 40);

    assert.deepEqual(
      measures.map(({ load, rate, viewers, seconds }) => [load, rate, viewers, seconds]),
      [
        [20, 20, 3, 2],
        [40, 40, 3, 2],
      ],
    );
    assert.equal(server.viewers.length, 3);
    // All of the third would have been 1,200 more.
    assert.equal(server.published > 0 && server.published < 1_320, true, String(server.published));
    assert.equal(
      measures.some(({ acked, delivered }) => acked > 0 && delivered > 0),
      true,
    );
    for (const { delivery, errors } of measures) {
      assert.equal(delivery.count === 0 || delivery.p50 >= DELAY_MS - 1, true);
      assert.deepEqual(errors, {});
    }
  });

  it("[LD-75] steps of the viewers have an audience each", async () => {
    await using server = await referenceServer();

    const measures = await measured(
      rigFor(server, { grow: "viewers", fixed: 20 }),
      [2, 4, 9],
      ({ load }) => load < 4,
    );

    assert.deepEqual(
      measures.map(({ load, rate, viewers }) => [load, rate, viewers]),
      [
        [2, 20, 2],
        [4, 20, 4],
      ],
    );
    assert.equal(server.viewers.length, 6);
  });

  it("[LD-80] the server is read meanwhile, and while quiet connections are made", async () => {
    await using server = await referenceServer();
    const rig = rigFor(server, { probeConnections: 12 });

    const memory = await rig.memory(background);

    assert.equal(server.viewers.length, 12);
    assert.equal(memory.length > 4, true);
    assert.equal(
      memory.every(([, bytes]) => bytes === 1e8),
      true,
    );
    assert.equal(((await rig.idle(background)) ?? 0) > 0, true);
  });

  it("[LD-79] quiet connections that nobody lets in leave what was read until then", async () => {
    const server = await referenceServer();
    const rig = rigFor(server, { probeConnections: 12 });
    await server[Symbol.asyncDispose]();

    assert.equal(Array.isArray(await rig.memory(background)), true);
    await assert.rejects(measured(rig, [10]), { code: "LOAD_UNREACHABLE" });
  });
});
