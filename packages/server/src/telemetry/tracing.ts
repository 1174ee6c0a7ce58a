import type { SpanContext } from "@opentelemetry/api";
import type { Span, SpanAttributes, Tracing } from "@barrage/engine";
import type { ServerConfig } from "../config/schema.ts";
import type { Logger } from "./logger.ts";

type Settings = ServerConfig["telemetry"]["tracing"];

/** Steps that wait for the collector; what comes beyond is not told: a slow collector slows nothing down. */
const WAITING_SPANS = 8_192;
/** How long steps gather before they are sent, ms. */
const GATHER_MS = 1_000;
/** How long one sending may take, ms. */
const SEND_MS = 2_000;

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

function readTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
}

const writeTraceparent = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;

/** What the log says of a step: `barrage.room` is `room` there. */
const lineOf = (step: string, { traceId, spanId }: SpanContext, attributes: SpanAttributes): object => ({
  trace_id: traceId,
  span_id: spanId,
  step,
  ...Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name.replace(/^barrage\./, ""), value]),
  ),
});

/** Traces to a collector. Dispose to send what waits; a collector that does not answer is waited for SEND_MS at most. */
export interface RunningTracing extends Tracing, AsyncDisposable {}

/**
 * Tells sampled steps to an OTLP/HTTP collector, and to the log with their trace's id. Undefined without one: OpenTelemetry is then not even loaded.
 *
 * Bounds     WAITING_SPANS; a collector that is slow or away loses steps, never a danmaku.
 */
export async function startTracing(
  { endpoint, sample, serviceName }: Settings,
  log: Pick<Logger, "debug" | "info" | "warn">,
): Promise<RunningTracing | undefined> {
  if (endpoint === null) return undefined;
  const [{ ROOT_CONTEXT, SpanStatusCode, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: SEND_MS });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "process.pid": process.pid }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sample) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: WAITING_SPANS,
        scheduledDelayMillis: GATHER_MS,
        exportTimeoutMillis: SEND_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("barrage");
  return {
    begin(name: string, parent: string | undefined, attributes: SpanAttributes): Span | undefined {
      const remote = readTraceparent(parent);
      const context = remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote);
      const span = tracer.startSpan(name, { attributes }, context);
      if (!span.isRecording()) return undefined;
      const line = (): object => lineOf(name, span.spanContext(), attributes);
      return {
        traceparent: writeTraceparent(span.spanContext()),
        end() {
          log.debug(line(), "step");
          span.end();
        },
        fail(error) {
          log.info({ ...line(), err: error }, "step failed");
          span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
          span.end();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      try {
        await provider.shutdown();
      } catch (error) {
        log.warn({ err: error }, "the last steps of traces did not reach their collector");
      }
    },
  };
}
