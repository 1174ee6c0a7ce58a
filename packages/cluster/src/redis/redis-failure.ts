import { ReplyError } from "ioredis";
import { protocolError } from "@barrage/protocol";
import { clusterError, isClusterError } from "../errors.ts";

/** Replies that tell of the cluster's state, not of the command: it may succeed elsewhere or later. */
const STATES: ReadonlySet<string> = new Set([
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "READONLY",
  "TRYAGAIN",
  "MOVED",
  "ASK",
  "MISCONF",
  "NOREPLICAS",
  "UNBLOCKED",
]);

const codeOf = (error: Error): string => error.message.slice(0, error.message.indexOf(" "));

const isReply = (error: unknown): error is Error => error instanceof (ReplyError as typeof Error);

/** Is this the server's failure, rather than its answer? */
export const isRedisOutage = (error: unknown): boolean => !isReply(error) || STATES.has(codeOf(error));

export const isNoScript = (error: unknown): boolean => isReply(error) && codeOf(error) === "NOSCRIPT";

/**
 * The coded error for what a command threw: of an outage one that a client may be told of, and comes again after; which
 * node it was is in its cause. What is coded otherwise, and what is no answer of Redis, as it is.
 */
export function redisFailure(operation: string, key: string, error: unknown): unknown {
  if (isClusterError(error) && error.spec.retryable) return protocolError("BARRAGE_UNAVAILABLE", {}, error);
  if (isClusterError(error) || !isReply(error)) return error;
  return clusterError("REDIS_REFUSED", { operation, key, reason: error.message }, error);
}
