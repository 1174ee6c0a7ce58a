import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "@barrage/server";
import type { EngineEvent } from "@barrage/engine";
import { FakeClock } from "@barrage/testkit";
import { EventLog } from "../../src/telemetry/event-log.ts";
import { LINES_PER_SPAN, SPAN_MS } from "../../src/telemetry/line-budget.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { NodeMeter } from "../../src/telemetry/process-meter.ts";

type Line = Readonly<Record<string, unknown>>;

const gap: EngineEvent = { type: "feed_gap", room: "r", from: 1, to: 2 };
const full: EngineEvent = { type: "room_queue_full", room: "r", from: 1, to: 2 };

function eventLog() {
  const clock = new FakeClock();
  const lines: Line[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
  const events = new EventLog(createLogger({ level: "debug", stream: { write } }), clock);
  const tell = (event: EngineEvent, times: number): void => {
    for (let i = 0; i < times; i += 1) events.tell(event);
  };
  return { clock, lines, tell };
}

describe("the engine's events in the log", () => {
  it("[OP-45] a flood is 10 lines in 10 s, and the next line says how many were left out", async () => {
    const { clock, lines, tell } = eventLog();

    tell(gap, LINES_PER_SPAN);
    assert.equal(lines.length, LINES_PER_SPAN);
    tell(gap, 1_000);
    await clock.advance(SPAN_MS - 1);
    tell(gap, 1);
    assert.equal(lines.length, LINES_PER_SPAN);

    await clock.advance(1);
    tell(gap, 2);
    assert.deepEqual(
      lines.slice(LINES_PER_SPAN).map(({ left_out: leftOut }) => leftOut),
      [1_001, undefined],
    );
  });

  it("[OP-45] each kind of fault has lines of its own, with its own words", () => {
    const { lines, tell } = eventLog();
    const error = new Error("away");

    tell(gap, 1_000);
    tell(full, 1_000);
    tell({ type: "publish_failed", room: "r", error }, 1_000);
    tell({ type: "log_failed", error }, 1_000);
    tell({ type: "archive_failed", error }, 1_000);

    assert.equal(lines.length, 5 * LINES_PER_SPAN);
    const texts = new Map(lines.map(({ type, msg }) => [type, String(msg)]));
    assert.match(texts.get("feed_gap") ?? "", /missing/);
    assert.doesNotMatch(texts.get("room_queue_full") ?? "", /missing/);
    const failed = lines.find(({ type }) => type === "archive_failed")?.["err"];
    assert.partialDeepStrictEqual(failed, { message: "away" });
  });

  it("[DL-34] [OP-45] the metrics count every one, a full queue and a lost batch apart", async () => {
    using meter = new NodeMeter();
    const metrics = new Metrics(meter);

    for (let i = 0; i < 1_000; i += 1) metrics.onEvent(full);
    metrics.onEvent(gap);

    const { text } = await metrics.text({}, true);
    assert.match(text, /^barrage_room_queue_full_total 1000$/m);
    assert.match(text, /^barrage_feed_gaps_total 1$/m);
  });
});
