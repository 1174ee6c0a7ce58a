import { BarrageError, defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What can go wrong with the servers of a cluster; written for the operator, who reads it in the log, in /readyz or at start. */
export const CLUSTER_ERRORS = {
  // ---- Kafka
  KAFKA_UNREACHABLE: {
    message:
      "No Kafka broker of {brokers} answers ({reason}). Look whether they run and can be reached from here.",
    retryable: true,
  },
  KAFKA_TOPIC_MISSING: {
    message:
      "The topic {topic} is missing and making it is off. Make it with {partitions} partitions, or turn that on.",
    retryable: false,
  },
  KAFKA_PARTITIONS_CHANGED: {
    message:
      "The topic {topic} has {found} partitions and the configuration says {configured}. They never change in place: go back to {found}, or start a new epoch.",
    retryable: false,
  },
  KAFKA_UNSAFE: {
    message:
      "The topic {topic} may lose acknowledged danmaku: {setting} is {found}, at least {needed} is needed. Change it, or ask for the development settings by name.",
    retryable: false,
  },
  KAFKA_TOPIC_REFUSED: {
    message: "Kafka would not make the topic {topic}: {reason}.",
    retryable: false,
  },
  KAFKA_EPOCH_OLD: {
    message:
      "There is a topic of epoch {newest} and the configuration says {epoch}. Configure epoch {newest}.",
    retryable: false,
  },
  KAFKA_EPOCH_NOT_DRAINED: {
    message:
      "The topic {topic} of the epoch before still has {records} records that the group {group} has not passed. Let its routers finish, then start again.",
    retryable: true,
  },
  KAFKA_REFUSED: { message: "Kafka refused {operation} on {topic}: {reason}.", retryable: true },
  KAFKA_RECORD_INVALID: {
    message: "The record at offset {offset} of {topic}, partition {partition}, is none of ours: {reason}.",
    retryable: false,
  },
  KAFKA_FENCED: {
    message: "Another consumer of the group {group} has taken partition {partition}.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type ClusterErrorCode = keyof typeof CLUSTER_ERRORS;

export const clusterError = defineErrors(CLUSTER_ERRORS);

export const isClusterError = (error: unknown): error is BarrageError<ClusterErrorCode> =>
  BarrageError.is(error) && Object.hasOwn(CLUSTER_ERRORS, error.code);
