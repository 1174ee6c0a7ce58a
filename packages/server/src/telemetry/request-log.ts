import type { RequestFacts, RequestHook } from "../http/lifecycle.ts";
import type { Logger } from "./logger.ts";

const fieldsOf = ({ id, method, route, path, address, trace }: RequestFacts) => ({
  request_id: id,
  method,
  route,
  path,
  address,
  ...(trace === undefined ? {} : { trace_id: trace.traceId, parent_id: trace.parentId }),
});

/**
 * One line for each request: `debug` when it went well (a busy server has thousands a second), `info` when it was
 * refused, `warn` when the server could not. A failure nobody foresaw is `error`, with its stack.
 */
export const requestLog = (log: Logger): RequestHook => ({
  name: "log",
  after(facts, { status, ms, aborted }) {
    const level = aborted || status < 400 ? "debug" : status < 500 ? "info" : "warn";
    log[level]({ ...fieldsOf(facts), status, ms: Math.round(ms * 10) / 10, aborted }, "request");
  },
  failed(facts, { error, code }) {
    if (code === "BARRAGE_INTERNAL") log.error({ ...fieldsOf(facts), code, err: error }, "request failed");
    else log.debug({ ...fieldsOf(facts), code }, "request refused");
  },
});
