import type { Batch } from "../ports/index.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { Span, Tracing } from "./tracing.ts";

/** A step that a batch's traced records take together. */
export interface BatchStep {
  /** The batch that goes on: its traced records name this step as their last. */
  readonly batch: Batch;
  end(): void;
  fail(error: unknown): void;
}

/** Begins a step of the batch's traced records, one span each. Undefined where none is traced, which is nearly always. */
export function beginBatchStep(
  tracing: Tracing | undefined,
  name: string,
  batch: Batch,
): BatchStep | undefined {
  if (tracing === undefined) return undefined;
  const spans: Span[] = [];
  const items = batch.items.map((item): RoomItem => {
    if (!("trace" in item)) return item;
    const span = tracing.begin(name, item.trace, { "barrage.room": batch.room, "barrage.seq": item.seq });
    if (span === undefined) return item;
    spans.push(span);
    return { ...item, trace: span.traceparent };
  });
  if (spans.length === 0) return undefined;
  return {
    batch: { ...batch, items },
    end() {
      for (const span of spans) span.end();
    },
    fail(error) {
      for (const span of spans) span.fail(error);
    },
  };
}
