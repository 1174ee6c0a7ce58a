// ---- configuration
export { resolveConfig, readConfigFile, configRows } from "./config/resolve.ts";
export type { ConfigRow, ResolvedConfig } from "./config/resolve.ts";
export type { ConfigInput } from "./config/gather.ts";
export { LEAVES } from "./config/leaves.ts";
export type { Leaf, LeafKind } from "./config/leaves.ts";
export { ConfigInvalid } from "./config/problems.ts";
export type { ConfigProblem, Source } from "./config/problems.ts";
export { configJsonSchema, configReference } from "./config/reference.ts";
export type { ServerConfig } from "./config/schema.ts";
export { CLUSTER_ROLES, instanceIdOf } from "./config/cluster-section.ts";
export type { ClusterRole } from "./config/cluster-section.ts";
// ---- errors
export { SERVER_ERRORS, serverError } from "./errors.ts";
export type { ServerErrorCode } from "./errors.ts";
// ---- the whole server
export { startServer } from "./roles/all.ts";
export type { RunningServer, StartOptions } from "./roles/all.ts";
export type { Store } from "./roles/store.ts";
// ---- a role of a cluster
export { startRole } from "./roles/cluster/start-role.ts";
export type { RoleOptions, RunningRole } from "./roles/cluster/start-role.ts";
export { PreparedRole } from "./roles/cluster/prepared-role.ts";
export type { BeginOptions, PrepareOptions } from "./roles/cluster/prepared-role.ts";
export { rolesMap } from "./roles/cluster/roles-map.ts";
export { CLUSTER_METRICS } from "./telemetry/cluster-metrics.ts";
// ---- several processes on one machine
export { startOwner } from "./roles/owner.ts";
export type { OwnerOptions, RunningOwner, WorkerReport } from "./roles/owner.ts";
export type { WorkerLoad, WorkerName } from "./owner-link/frames.ts";
export { startGatewayWorker } from "./roles/gateway.ts";
export type { GatewayWorkerOptions, RunningWorker } from "./roles/gateway.ts";
export { startSupervisor } from "./supervisor/start-supervisor.ts";
export type { RunningSupervisor, StartSupervisorOptions } from "./supervisor/start-supervisor.ts";
export { runProcess } from "./supervisor/run-process.ts";
export { probeReusePort } from "./supervisor/ports.ts";
export { boundsOf, firstCount } from "./supervisor/worker-count.ts";
export { createLogger } from "./telemetry/logger.ts";
export type { Logger, LoggerOptions } from "./telemetry/logger.ts";
// ---- tables that reference pages are made of
export { METRICS } from "./telemetry/metric-table.ts";
export { FLEET_METRICS } from "./supervisor/fleet-metrics.ts";
export { metricsReference } from "./telemetry/metrics-reference.ts";
export type { MetricName, MetricSpec } from "./telemetry/metric-table.ts";
