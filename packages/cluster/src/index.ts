// ---- the log on Kafka
export { KafkaLog } from "./kafka/kafka-log.ts";
export type { KafkaLogOptions } from "./kafka/kafka-log.ts";
export type {
  GroupMemberOptions,
  MembershipChange,
  OwnedPartition,
  PartitionWork,
} from "./kafka/group-member.ts";
export { WholeKafkaLog } from "./kafka/whole-log.ts";
export { KAFKA_DEFAULTS } from "./kafka/settings.ts";
export type { Compression, KafkaOptions, KafkaSettings } from "./kafka/settings.ts";
export { epochOf, seqOf } from "./kafka/seq.ts";
// ---- what it needs beside Kafka
export type { Claim, ErasedUsers, HeldStore, KeyStore, LogStores, Release } from "./kafka/stores.ts";
// ---- errors
export { CLUSTER_ERRORS, clusterError, isClusterError } from "./errors.ts";
export type { ClusterErrorCode } from "./errors.ts";
// ---- Redis Cluster
export { openRedis } from "./redis/open-redis.ts";
export { RedisLink } from "./redis/redis-link.ts";
export type { RedisHealth } from "./redis/redis-link.ts";
export { REDIS_DEFAULTS } from "./redis/settings.ts";
export type { RedisSettings } from "./redis/settings.ts";
export { FEED_DEFAULTS, RedisFeed } from "./redis/feed/redis-feed.ts";
export type { FeedHealth, RedisFeedOptions } from "./redis/feed/redis-feed.ts";
export { HEAD_LIFE_MS, RedisWindow } from "./redis/window/redis-window.ts";
export type { RedisWindowOptions } from "./redis/window/redis-window.ts";
// ---- calls that leave the process
export { OutsideCalls } from "./resilience/outside-calls.ts";
export type { CallOptions, NodeHealth, OutsideSettings, OutsideTotals } from "./resilience/outside-calls.ts";
export type { DependencyHealth } from "./resilience/dependency.ts";
export { RedisDependency } from "./redis/redis-dependency.ts";
export type { RedisFigures } from "./redis/redis-dependency.ts";
// ---- limits
export {
  fallbackBuckets,
  fallbackLimits,
  fallbackSlowMode,
  fallbackUniqueMode,
} from "./redis/limits/fallback-limits.ts";
export { FALLBACK_DEFAULTS, SharedOrLocal } from "./redis/limits/shared-or-local.ts";
export type { FallbackChange, FallbackOptions } from "./redis/limits/shared-or-local.ts";
export { redisLimits } from "./redis/limits/redis-limits.ts";
export { RedisUniqueMode } from "./redis/limits/redis-unique-mode.ts";
export { RedisBuckets } from "./redis/limits/redis-buckets.ts";
export { RedisSlowMode } from "./redis/limits/redis-slow-mode.ts";
// ---- what Kafka cannot keep
export { RedisErased } from "./redis/stores/redis-erased.ts";
export { RedisHeld } from "./redis/stores/redis-held.ts";
export type { RedisHeldOptions } from "./redis/stores/redis-held.ts";
export { RedisKeys } from "./redis/stores/redis-keys.ts";
export type { RedisKeysOptions } from "./redis/stores/redis-keys.ts";
// ---- rooms
export { ClusterRoomStates, ROOM_STATES_DEFAULTS } from "./redis/states/cluster-room-states.ts";
export type {
  RoomStatesBounds,
  RoomStatesFigures,
  RoomStatesParts,
} from "./redis/states/cluster-room-states.ts";
export { PLACE_LIFE_MS, RedisRoomPlaces } from "./redis/states/redis-room-places.ts";
export type { PlaceTaken, RoomPlacesOptions } from "./redis/states/redis-room-places.ts";
export { SharedRoomPlaces } from "./redis/states/shared-room-places.ts";
export { decodeCatalogued } from "./redis/states/catalog-cache.ts";
export { PublishedHeads } from "./redis/window/published-heads.ts";
export { PRESENCE_DEFAULTS, RedisPresence } from "./redis/presence/redis-presence.ts";
export type { RedisPresenceOptions } from "./redis/presence/redis-presence.ts";
export { PresenceReports, REPORT_DEFAULTS } from "./redis/presence/presence-reports.ts";
export type { PresenceReportsOptions, Visitor } from "./redis/presence/presence-reports.ts";
export { UniqueViewers } from "./redis/presence/unique-viewers.ts";
export { OwnWishes, WISH_DEFAULTS } from "./redis/flush-windows/own-wishes.ts";
export type { WishTimes } from "./redis/flush-windows/own-wishes.ts";
export { RedisWishes } from "./redis/flush-windows/redis-wishes.ts";
export type { RedisWishesOptions } from "./redis/flush-windows/redis-wishes.ts";
export { WishedWindows } from "./redis/flush-windows/wished-windows.ts";
export { COORDINATOR_DEFAULTS, RedisCoordinator } from "./redis/events/redis-coordinator.ts";
export type {
  CoordinatorFigures,
  CoordinatorOptions,
  CoordinatorParts,
} from "./redis/events/redis-coordinator.ts";
export { RedisHeartbeats } from "./redis/events/redis-heartbeats.ts";
export { RedisSignals, SIGNAL_DEFAULTS, SIGNAL_GROUP } from "./redis/events/redis-signals.ts";
export type { RedisSignalsOptions, SignalCounts } from "./redis/events/redis-signals.ts";
export type { ReadSignal, RoomSignal } from "./redis/events/room-signal.ts";
// ---- a cache in layers
export { CACHE_DEFAULTS, LayeredCache } from "./cache/layered-cache.ts";
export type { CacheBounds, CacheFigures, CacheParts } from "./cache/layered-cache.ts";
export { RedisLayer } from "./cache/redis-layer.ts";
export type { RedisStrings } from "./cache/redis-layer.ts";
export type { CacheEntry, SharedLayer } from "./cache/shared-layer.ts";
export { stringsOf } from "./cache/link-strings.ts";
