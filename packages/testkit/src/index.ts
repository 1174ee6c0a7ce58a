export { assertLedger, type Received } from "./assert-ledger.ts";
export { FakeClock } from "./clock/fake-clock.ts";
export { readmeExample } from "./readme-example.ts";
export { seededRandom } from "./seeded-random.ts";
export { leavesTasks } from "./leaves-tasks.ts";
export { requireOrSkip, slowSuite, type Requirement } from "./require.ts";
export { MemoryArchive } from "./memory/memory-archive.ts";
export { MemoryCatalog } from "./memory/memory-catalog.ts";
export { MemoryLog } from "./memory/memory-log.ts";
export { MemoryAuditLog, MemoryRoomStore } from "./memory/memory-stores.ts";
export { archiveContract, type ArchiveUnderTest, type MakeArchive } from "./contracts/archive-contract.ts";
export { auditContract, type AuditUnderTest } from "./contracts/audit-contract.ts";
export { catalogContract, type CatalogUnderTest, type MakeCatalog } from "./contracts/catalog-contract.ts";
export { author, danmaku, fullRoom, placed, recall, START_MS } from "./contracts/entries.ts";
export { logContract } from "./contracts/log-contract.ts";
export type { LogException, LogUnderTest, MakeLog } from "./contracts/log-under-test.ts";
export { roomStoreContract, type RoomStoreUnderTest } from "./contracts/room-store-contract.ts";
export { ChaosProxy, type Carried, type ChaosProxyOptions, type Upstream } from "./chaos/chaos-proxy.ts";
export type { Stream, Toxic, ToxicType } from "./chaos/toxic.ts";
export { OtlpCollector, type CollectedSpan } from "./servers/otlp-collector.ts";
export { freePorts } from "@barrage/launchers";
export type {
  PostgresServer,
  RedisNode,
  RunningKafka,
  RunningRedis as RedisCluster,
} from "@barrage/launchers";
export { missingForKafka, startKafka, type KafkaOptions } from "./servers/kafka.ts";
export { hasPostgres, startPostgres, type PostgresOptions } from "./servers/postgres.ts";
export { hasRedisServer, startRedisCluster, type RedisClusterOptions } from "./servers/redis.ts";
export { feedContract, type FeedUnderTest, type MakeFeed } from "./contracts/feed-contract.ts";
export { windowContract, type MakeWindow, type WindowUnderTest } from "./contracts/window-contract.ts";
export { windowPastContract, type MakePastWindow } from "./contracts/window-past-contract.ts";
export {
  windowStatesContract,
  type MakeStates,
  type StatesUnderTest,
} from "./contracts/window-states-contract.ts";
export { bucketsContract, slowModeContract } from "./contracts/limits-contract.ts";
export type {
  BucketsUnderTest,
  MakeBuckets,
  MakeSlowMode,
  SlowModeUnderTest,
} from "./contracts/limits-contract.ts";
