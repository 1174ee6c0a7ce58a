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
  // Above the records that a busy partition takes in while a claim lasts (3,600 a second), and few enough to be read
  // again by whoever takes a partition over. About 20 MB of names.
  repeatHorizon: 32_768,
} as const satisfies Partial<KafkaSettings>;

/** What has no default, and whatever differs from it. */
export type KafkaOptions = Pick<KafkaSettings, "brokers"> & Partial<KafkaSettings>;

export const withDefaults = (options: KafkaOptions): KafkaSettings => ({ ...KAFKA_DEFAULTS, ...options });

/** What a claim outlives the append that made it by, ms: time for its note, should the key store be slow. */
const LEASE_MARGIN_MS = 1_000;

/**
 * How long a claim of a key keeps others away. Longer than the append that it is for, so that nobody takes it over from
 * somebody alive; and short, for a retry that comes after it must be found within `repeatHorizon` records.
 */
export const claimLeaseMs = ({ deliveryTimeoutMs }: Pick<KafkaSettings, "deliveryTimeoutMs">): number =>
  deliveryTimeoutMs + LEASE_MARGIN_MS;

/** The topic of an epoch: the first has the plain name. */
export const topicOf = (topic: string, epoch: number): string => (epoch === 1 ? topic : `${topic}.${epoch}`);
