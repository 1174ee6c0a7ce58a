import type { ConnectionOptions } from "@platformatic/kafka";

export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** How the log stands on its Kafka cluster. */
export interface KafkaSettings {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Topic of the first epoch; later ones carry their number behind a dot. */
  readonly topic: string;
  /** From 1. A new epoch is a new topic, for another number of partitions. */
  readonly epoch: number;
  /** Never changes within an epoch: a room would move to another order. */
  readonly partitions: number;
  /** `development` allows one broker and unreplicated records, which do not survive it. Nothing else switches that on. */
  readonly safety: "replicated" | "development";
  /** Make the topic when it is missing. */
  readonly createTopic: boolean;
  /** Time, ms, that the first danmaku of a batch waits for others. */
  readonly lingerMs: number;
  /** Bytes at which a partition's batch is full. */
  readonly batchBytes: number;
  readonly compression: Compression;
  /** Appends that may wait, in number and in bytes, those on the way included. */
  readonly maxAppends: number;
  readonly maxBytes: number;
  /** Time, ms, after which an append is answered with BARRAGE_LOG_UNAVAILABLE. */
  readonly deliveryTimeoutMs: number;
  /** Time, ms, after which a broker that does not answer counts as gone. */
  readonly requestTimeoutMs: number;
  /** Time, ms, after which another broker is asked who leads what: a frozen one must not hold up what leads past it. */
  readonly metadataTimeoutMs: number;
  /** Records of a partition within which a retry that was stored twice is found and left out. */
  readonly repeatHorizon: number;
  readonly tls?: ConnectionOptions["tls"];
  readonly sasl?: ConnectionOptions["sasl"];
}

export const KAFKA_DEFAULTS = {
  clientId: "barrage",
  topic: "danmu_broadcast",
  epoch: 1,
  partitions: 12,
  safety: "replicated",
  createTopic: true,
  // Measured by bench/macro/cluster/kafka-append.ts; more makes each danmaku wait and saves little.
  lingerMs: 2,
  // Half of what a broker takes in one batch by default (1 MiB).
  batchBytes: 512 * 1024,
  compression: "none",
  maxAppends: 50_000,
  maxBytes: 32 * 1024 * 1024,
  // Longer than a broker takes to be replaced (about 6 s), shorter than an HTTP request may take (10 s).
  deliveryTimeoutMs: 8_000,
  requestTimeoutMs: 4_000,
  metadataTimeoutMs: 1_500,
  repeatHorizon: 16_384,
} as const satisfies Partial<KafkaSettings>;

/** What has no default, and whatever differs from it. */
export type KafkaOptions = Pick<KafkaSettings, "brokers"> & Partial<KafkaSettings>;

export const withDefaults = (options: KafkaOptions): KafkaSettings => ({ ...KAFKA_DEFAULTS, ...options });

/** The topic of an epoch: the first has the plain name. */
export const topicOf = (topic: string, epoch: number): string => (epoch === 1 ? topic : `${topic}.${epoch}`);
