import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as prettier from "prettier";
import { size, viewersUntil, withMeasured } from "../load/sizing-model.ts";
import type { CostFile } from "../load/sizing-model.ts";
import { sizingSection, withSection } from "../load/sizing-page.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const costs = JSON.parse(readFileSync(join(DOCS, "perf/costs.json"), "utf8")) as CostFile;

/** The costs with these values, whatever they were. */
const having = (values: Readonly<Record<string, number>>): CostFile => {
  const changed = (inputs: CostFile["measured"]) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, { ...input, value: values[name] ?? input.value }]),
    );
  return { measured: changed(costs.measured), chosen: changed(costs.chosen) };
};

const valuesOf = (file: CostFile, viewers: number) =>
  Object.fromEntries(size(file, viewers).map(({ name, value }) => [name, value]));

describe("the sizes of a site", () => {
  it("follow from costs and choices", () => {
    const file = having({
      roomViewers: 100,
      roomRate: 30,
      windowMs: 50,
      coreShare: 0.5,
      gatewayUsPerWrite: 10,
      routerUsPerRecord: 250,
      partitionGrowth: 4,
    });

    const sized = valuesOf(file, 10_000);

    // 100 rooms; a room flushes at most every 50 ms; 10 us of half a core for each of 200,000 writes.
    assert.deepEqual(
      [sized["rooms"], sized["publishes"], sized["roomBatches"], sized["writes"], sized["gateways"]],
      [100, 3_000, 20, 200_000, 4],
    );
    assert.deepEqual([sized["routers"], sized["partitions"], sized["roomRateMax"]], [2, 8, 2_000]);
  });

  it("a room's viewers are at no more gateways than there are, nor at more than there are viewers", () => {
    const file = having({ roomViewers: 100, gatewayUsPerWrite: 10 });

    for (const viewers of [100, 10_000, 1_000_000, 100_000_000]) {
      const { gateways = 0, roomGateways = 0 } = valuesOf(file, viewers);
      assert.ok(roomGateways <= gateways && roomGateways <= 100, `${roomGateways} of ${gateways}`);
    }
  });

  it("are left out, with the reason, where a cost was not measured", () => {
    const file: CostFile = {
      ...costs,
      measured: { ...costs.measured, routerUsPerRecord: { value: null, unit: "us", what: "" } },
    };

    const partitions = size(file, 1_000).find(({ name }) => name === "partitions");

    assert.equal(partitions?.value, undefined);
    assert.deepEqual(partitions?.missing, ["routerUsPerRecord"]);
    assert.match(sizingSection(file, [1_000]), /`partitions` .*needs `routerUsPerRecord`/);
    assert.throws(() => size({ ...costs, chosen: {} }, 1_000), /which the costs do not have/);
  });

  it("say how many viewers something lasts for", () => {
    const file = having({
      roomViewers: 100,
      roomRate: 10,
      windowMs: 50,
      coreShare: 0.5,
      gatewayUsPerWrite: 10,
    });

    // 10 writes a second of 10 us each are 5,000 viewers for each half core.
    const lasts = viewersUntil(file, "gateways", 7) ?? 0;

    assert.ok(Math.abs(lasts / 35_000 - 1) < 0.002, `${lasts}`);
    assert.equal(viewersUntil(file, "roomBatches", 10), undefined);
    assert.equal(viewersUntil(file, "no such thing", 10), undefined);
  });

  it("take what a benchmark found by the names that both have", () => {
    const found = { routerUsPerRecord: 123.456, gatewayUsPerDelivery: 1, ingestUsPerPublish: Number.NaN };

    const { measured } = withMeasured(costs, found, "a run");

    assert.equal(measured["routerUsPerRecord"]?.value, 123);
    assert.equal(measured["routerUsPerRecord"]?.source, "a run");
    assert.equal(measured["ingestUsPerPublish"], costs.measured["ingestUsPerPublish"]);
    assert.equal("gatewayUsPerDelivery" in measured, false);
  });

  it("stand in the guide as the costs have them: node bench/sizing.ts --write", async () => {
    const path = join(DOCS, "guides/sizing.md");
    const page = readFileSync(path, "utf8");
    const options = (await prettier.resolveConfig(path)) ?? {};

    const anew = withSection(page, sizingSection(costs, [1_000_000, 10_000_000]));

    assert.equal(page, await prettier.format(anew, { ...options, filepath: path }));
  });
});
