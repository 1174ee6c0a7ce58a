import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpCollector } from "@barrage/testkit";
import { startTracing } from "../../src/telemetry/tracing.ts";

const settings = { endpoint: null, sample: 1, fromCallers: false, serviceName: "test" };
const lines: unknown[] = [];
const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: (...line: unknown[]) => void lines.push(line) };
const CALLER = `00-${"a".repeat(32)}-${"b".repeat(16)}`;

describe("tracing", () => {
  it("[OP-40] is not there without a collector", async () => {
    assert.equal(await startTracing(settings, log), undefined);
  });

  it("[OP-41] tells each step with the step before it as its parent, failures as such", async () => {
    await using collector = await OtlpCollector.listen();
    const tracing = await startTracing({ ...settings, endpoint: collector.endpoint }, log);
    assert.ok(tracing !== undefined);
    const first = tracing.begin("first", undefined, { room: "r" });
    const second = tracing.begin("second", first?.traceparent, {});
    second?.fail(new Error("no"));
    first?.end();
    await tracing[Symbol.asyncDispose]();

    const spans = new Map(collector.spans.map((span) => [span.name, span]));
    assert.equal(spans.size, 2);
    assert.equal(spans.get("first")?.parentSpanId, "");
    assert.equal(spans.get("second")?.parentSpanId, spans.get("first")?.spanId);
    assert.equal(spans.get("second")?.traceId, spans.get("first")?.traceId);
    assert.deepEqual([spans.get("first")?.failed, spans.get("second")?.failed], [false, true]);
    assert.equal(spans.get("first")?.service, "test");
  });

  it("[OP-44] says each step in the log with its trace's id, failed ones so that it shows", async () => {
    await using collector = await OtlpCollector.listen();
    const told: unknown[] = [];
    const note =
      (level: string) =>
      (...line: unknown[]): void =>
        void told.push([level, ...line]);
    const own = { debug: note("debug"), info: note("info"), warn: note("warn") };
    await using tracing = await startTracing({ ...settings, endpoint: collector.endpoint }, own);
    const attributes = { "barrage.room": "r", "barrage.seq": 7 };
    const route = tracing?.begin("route", `${CALLER}-01`, attributes);
    const [, , routeId] = route?.traceparent.split("-") ?? [];
    route?.end();
    const fanOut = tracing?.begin("fan-out", route?.traceparent, attributes);
    const [, , fanOutId] = fanOut?.traceparent.split("-") ?? [];
    const err = new Error("no");
    fanOut?.fail(err);

    const of = { trace_id: "a".repeat(32), room: "r", seq: 7 };
    assert.deepEqual(told, [
      ["debug", { ...of, span_id: routeId, step: "route" }, "step"],
      ["info", { ...of, span_id: fanOutId, step: "fan-out", err }, "step failed"],
    ]);
  });

  it("[OP-42] a caller's trace context decides; one that is none counts as absent", async () => {
    await using collector = await OtlpCollector.listen();
    await using never = await startTracing({ ...settings, sample: 0, endpoint: collector.endpoint }, log);
    await using always = await startTracing({ ...settings, endpoint: collector.endpoint }, log);

    assert.equal(never?.begin("x", undefined, {}), undefined);
    assert.ok(never?.begin("x", `${CALLER}-01`, {})?.traceparent.startsWith(`00-${"a".repeat(32)}-`));
    assert.equal(always?.begin("x", `${CALLER}-00`, {}), undefined);
    for (const bad of ["", "garbage", `00-${"0".repeat(32)}-${"b".repeat(16)}-01`, `${CALLER}-zz`])
      assert.equal(never?.begin("x", bad, {}), undefined, bad);
  });

  it("[OP-43] a collector that is away loses steps and nothing else", async () => {
    const gone = await OtlpCollector.listen();
    const { endpoint } = gone;
    await gone[Symbol.asyncDispose]();
    const tracing = await startTracing({ ...settings, endpoint }, log);
    for (let i = 0; i < 20_000; i++) tracing?.begin("x", undefined, {})?.end();
    await tracing?.[Symbol.asyncDispose]();

    assert.equal(lines.length, 1);
  });
});
