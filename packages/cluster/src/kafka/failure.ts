import { protocolErrors, ResponseError } from "@platformatic/kafka";
import { isClusterError } from "../errors.ts";

/** Kafka's own error codes that this package tells apart; the numbers are the protocol's. */
export const KAFKA_CODE = {
  none: 0,
  offsetOutOfRange: 1,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicExists: 36,
  invalidReplicationFactor: 38,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
  fencedInstance: 82,
  producerFenced: 90,
} as const;

interface CodeRow {
  readonly id: string;
  readonly message: string;
  readonly canRetry: boolean;
}

const ROWS: ReadonlyMap<number, CodeRow> = new Map(
  Object.values(protocolErrors).map(({ code, id, message, canRetry }) => [code, { id, message, canRetry }]),
);

/** `NOT_LEADER_OR_FOLLOWER` for 6. */
export const nameOfCode = (code: number): string => ROWS.get(code)?.id ?? `error ${code}`;

/** May the same request succeed later, perhaps at another broker? */
export const isRetryable = (code: number): boolean => ROWS.get(code)?.canRetry ?? false;

/** The answer behind an error that the client made of an answer with codes in it; undefined for all other errors. */
export const answerIn = (error: unknown): unknown =>
  error instanceof ResponseError && "response" in error ? error["response"] : undefined;

/** Said in our own words, where the cause is only how that was noticed. */
const TELLS_ITSELF: ReadonlySet<string> = new Set(["CLUSTER_TIMEOUT", "CLUSTER_CIRCUIT_OPEN"]);

/** What to tell an operator of a failed request: the innermost reasons, once each. */
export function reasonOf(error: unknown): string {
  const reasons = new Set<string>();
  const visit = (each: unknown): void => {
    if (each instanceof AggregateError && each.errors.length > 0) each.errors.forEach(visit);
    else if (isClusterError(each) && TELLS_ITSELF.has(each.code)) reasons.add(each.message);
    else if (each instanceof Error && each.cause instanceof Error) visit(each.cause);
    else if (each instanceof Error) reasons.add(each.message);
    else reasons.add(String(each));
  };
  visit(error);
  return [...reasons].slice(0, 3).join("; ");
}

/** The first of Kafka's codes in an error, for requests that have one answer. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("apiCode" in error && typeof error.apiCode === "number") return error.apiCode;
  if (!(error instanceof AggregateError)) return undefined;
  for (const each of error.errors) {
    const code = codeOf(each);
    if (code !== undefined) return code;
  }
  return undefined;
}
