export { LAUNCHER_ERRORS, launcherError } from "./errors.ts";
export { freePorts } from "./free-ports.ts";
export type { Environment, Missing, Search } from "./programs.ts";
export { ServerProcess } from "./server-process.ts";
export type { ServerCommand } from "./server-process.ts";
// ---- Kafka
export { findKafka, KAFKA_CLASSES } from "./kafka/find.ts";
export type { KafkaPrograms } from "./kafka/find.ts";
export { startKafka } from "./kafka/brokers.ts";
export type { KafkaOptions, RunningKafka } from "./kafka/brokers.ts";
// ---- Redis Cluster
export { findRedis } from "./redis/find.ts";
export type { RedisPrograms } from "./redis/find.ts";
export { startRedis } from "./redis/redis-cluster.ts";
export type { RedisNode, RunningRedis } from "./redis/redis-cluster.ts";
export type { RedisOptions } from "./redis/node.ts";
export type { Reply } from "./redis/resp.ts";
// ---- PostgreSQL
export { findPostgres } from "./postgres/find.ts";
export type { PostgresPrograms } from "./postgres/find.ts";
export { PostgresServer } from "./postgres/postgres-server.ts";
export type { PostgresOptions } from "./postgres/postgres-server.ts";
