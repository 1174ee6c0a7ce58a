export { assertLedger, type Received } from "./assert-ledger.ts";
export { FakeClock } from "./clock/fake-clock.ts";
export { readmeExample } from "./readme-example.ts";
export { seededRandom } from "./seeded-random.ts";
export { leavesTasks } from "./leaves-tasks.ts";
export { requireOrSkip, slowSuite, type Requirement } from "./require.ts";
export { MemoryArchive } from "./memory/memory-archive.ts";
export { MemoryLog } from "./memory/memory-log.ts";
export { MemoryAuditLog, MemoryRoomStore } from "./memory/memory-stores.ts";
export { archiveContract, type ArchiveUnderTest, type MakeArchive } from "./contracts/archive-contract.ts";
export { auditContract, type AuditUnderTest } from "./contracts/audit-contract.ts";
export { author, danmaku, placed, recall, START_MS } from "./contracts/entries.ts";
export { logContract } from "./contracts/log-contract.ts";
export type { LogException, LogUnderTest, MakeLog } from "./contracts/log-under-test.ts";
export { roomStoreContract, type RoomStoreUnderTest } from "./contracts/room-store-contract.ts";
export { OtlpCollector, type CollectedSpan } from "./servers/otlp-collector.ts";
export { freePorts } from "./servers/free-ports.ts";
export { ServerProcess } from "./servers/server-process.ts";
export {
  KAFKA_CLASSES,
  missingForKafka,
  startKafka,
  type KafkaOptions,
  type RunningKafka,
} from "./servers/kafka.ts";
export { findPostgres, PostgresServer, type PostgresOptions } from "./servers/postgres.ts";
export { feedContract, type FeedUnderTest, type MakeFeed } from "./contracts/feed-contract.ts";
export { windowContract, type MakeWindow, type WindowUnderTest } from "./contracts/window-contract.ts";
export { windowPastContract, type MakePastWindow } from "./contracts/window-past-contract.ts";
export { hasRedisServer, startRedisCluster } from "./servers/redis.ts";
export type { RedisCluster, RedisClusterOptions, RedisNode } from "./servers/redis.ts";
export { bucketsContract, slowModeContract } from "./contracts/limits-contract.ts";
export type {
  BucketsUnderTest,
  MakeBuckets,
  MakeSlowMode,
  SlowModeUnderTest,
} from "./contracts/limits-contract.ts";
