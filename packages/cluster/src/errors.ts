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
  // ---- Redis
  REDIS_UNREACHABLE: {
    message:
      "No Redis node of {nodes} answers ({reason}). Look whether they run, are a cluster, and can be reached from here.",
    retryable: true,
  },
  REDIS_TOO_OLD: {
    message: "Redis {version} on {node} is too old: 7.0 or newer is needed, for sharded pub/sub.",
    retryable: false,
  },
  REDIS_REFUSED: { message: "Redis refused {operation} on {key}: {reason}.", retryable: false },
  REDIS_RECORD_INVALID: {
    message: "What Redis holds or carried for room {room} is no record of ours: somebody else wrote there.",
    retryable: false,
  },
  REDIS_CLOSED: { message: "The connections to Redis are closed.", retryable: false },
  // ---- calls to any of them
  CLUSTER_TIMEOUT: {
    message: "{service} did not answer {operation} within {timeoutMs} ms (node {node}).",
    retryable: true,
  },
  CLUSTER_UNAVAILABLE: {
    message: "{service} failed at {operation} (node {node}): {reason}.",
    retryable: true,
  },
  CLUSTER_CIRCUIT_OPEN: {
    message: "{service} node {node} failed too often: {operation} is not tried until a probe succeeds.",
    retryable: true,
  },
  CLUSTER_TOO_MANY_CALLS: {
    message: "Too many calls wait for {service} node {node}; {operation} was refused.",
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type ClusterErrorCode = keyof typeof CLUSTER_ERRORS;

export const clusterError = defineErrors(CLUSTER_ERRORS);

export const isClusterError = (error: unknown): error is BarrageError<ClusterErrorCode> =>
  BarrageError.is(error) && Object.hasOwn(CLUSTER_ERRORS, error.code);
