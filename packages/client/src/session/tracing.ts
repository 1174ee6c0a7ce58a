import { go } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";

/** One step on the way of one danmaku. */
export interface ReceiveSpan {
  end(): void;
}

/**
 * Where the last step of a traced danmaku is told. Of the form of the server's own tracing and free of any library: a
 * few lines on OpenTelemetry make one, docs/guides/tracing.md has them.
 */
export interface ReceiveTracing {
  /** Begins a step after the one that `parent`, a W3C trace context, names. Undefined where it is not to be told. */
  begin(
    name: string,
    parent: string,
    attributes: Readonly<Record<string, string | number>>,
  ): ReceiveSpan | undefined;
}

/** A tracer that throws loses its step, never a record: its error goes where those of handlers go. */
function told<T>(tell: () => T): T | undefined {
  try {
    return tell();
  } catch (error) {
    go(
      () => {
        throw error;
      },
      { name: "tracing of a receive" },
    );
    return undefined;
  }
}

/** Hands a batch over as the step `receive` of each of its records that is traced. */
export function tracedReceive(
  tracing: ReceiveTracing | undefined,
  { room, items }: { readonly room: string; readonly items: readonly Item[] },
  handOver: () => void,
): void {
  if (tracing === undefined) return handOver();
  const spans = items.flatMap((item) => {
    const { trace } = "trace" in item ? item : {};
    if (trace === undefined) return [];
    const attributes = { "barrage.room": room, "barrage.seq": item.seq };
    return told(() => tracing.begin("receive", trace, attributes)) ?? [];
  });
  handOver();
  for (const span of spans) told(() => span.end());
}
