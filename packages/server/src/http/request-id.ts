/** Ids that go into logs and headers as they came: nothing in them that could break either. */
const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id a request brings, if it is one; a proxy's id then runs through all logs. */
export const givenRequestId = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === "string" && SANE_ID.test(header) ? header : undefined;

/** W3C trace context, version 00: the trace and the caller's span. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const NO_TRACE = "0".repeat(32);

export interface TraceIds {
  readonly traceId: string;
  readonly parentId: string;
}

export function traceOf(header: string | readonly string[] | undefined): TraceIds | undefined {
  const match = typeof header === "string" ? TRACEPARENT.exec(header) : null;
  const [, traceId = NO_TRACE, parentId = ""] = match ?? [];
  return traceId === NO_TRACE ? undefined : { traceId, parentId };
}
