import { key } from "@barrage/kernel";

export type SpanAttributes = Readonly<Record<string, string | number>>;

/** One step on the way of one danmaku, of a trace that is sampled. */
export interface Span {
  /** W3C trace context of this step, for those that follow it: `00-<trace>-<span>-01`. */
  readonly traceparent: string;
  end(): void;
  /** Ends it as failed. */
  fail(error: unknown): void;
}

/**
 * Where the steps of sampled traces are told. A record carries the `traceparent` of its last step in its field `trace`,
 * through log, window and feed to the client; a record that is not sampled has no such field and costs nothing.
 */
export interface Tracing {
  /**
   * Begins a step. Undefined where the trace is not sampled: `parent` says so, or, without a parent, chance.
   * A `parent` that is no W3C trace context counts as none.
   */
  begin(name: string, parent: string | undefined, attributes: SpanAttributes): Span | undefined;
}

/** The step that a context's work belongs to, as a W3C trace context. */
export const TRACEPARENT = key<string>("traceparent");

/** For work that was looked at and is not sampled: its steps ask chance no second time. */
export const NOT_SAMPLED = `00-${"f".repeat(32)}-${"f".repeat(16)}-00`;

/** Runs `body` as this step. */
export function inSpan<T>(span: Span | undefined, body: () => Promise<T>): Promise<T> {
  return span === undefined ? body() : told(span, body);
}

async function told<T>(span: Span, body: () => Promise<T>): Promise<T> {
  try {
    const result = await body();
    span.end();
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  }
}
