import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { KafkaProbe } from "../../../src/roles/cluster/kafka-probe.ts";

describe("the probe of Kafka", () => {
  it("[CR-21] says why it does not answer, and that it does again", async () => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    let answer: (ctx: Context) => Promise<unknown> = () => Promise.resolve(0);
    const probe = new KafkaProbe((ctx) => answer(ctx));
    scope.spawn((ctx) => probe.run(ctx), { name: "probe" });

    await clock.advance(2_000);
    assert.equal(probe.away, undefined);
    answer = () => Promise.reject(new Error("no broker"));
    await clock.advance(2_000);
    assert.equal(probe.away, "no broker");
    answer = () => Promise.resolve(0);
    await clock.advance(2_000);
    assert.equal(probe.away, undefined);
    // One that takes the question and stays silent.
    answer = (ctx) => sleep(1e6, ctx);
    await clock.advance(6_000);
    assert.equal(probe.away, "Kafka does not answer.");
  });
});
