// ---- the engine and what it asks for
export type * from "./engine.ts";
export type { EngineEvent, EngineTotals, GatewayTotals, RouterCounts } from "./events.ts";
export type { BucketSettings, EngineSettings } from "./settings.ts";
export type { EngineOptions } from "./start-engine.ts";
export { startEngine } from "./start-engine.ts";
// ---- its two halves, for processes that have one of them
export type { GatewayFigures, GatewaySource } from "./gateway-source.ts";
export type { EnginePorts, OwnerOptions } from "./owner/start-owner.ts";
export type { Owner } from "./owner/owner.ts";
export { startOwnerHalf } from "./owner/start-owner.ts";
export type { GatewayOptions } from "./start-gateway.ts";
export { startGatewayHalf } from "./start-gateway.ts";
export type { LocalGateway } from "./gateway/gateway.ts";
// ---- what takes publishes and commands, for processes that do not follow the log
export type { IngestHalf, IngestOptions } from "./ingest/start-ingest.ts";
export { startIngestHalf } from "./ingest/start-ingest.ts";
export { localLimits } from "./ingest/local-limits.ts";
export type { RoomWriter } from "./coordinator/room-writer.ts";
export { CatalogDirectory, type CatalogDirectoryParts } from "./coordinator/catalog-directory.ts";
export { CatalogProgress, type CatalogProgressParts } from "./coordinator/catalog-progress.ts";
export { PatientAudit, type PatientAuditParts } from "./coordinator/patient-audit.ts";
export { SharedEraser, type SharedEraserParts } from "./coordinator/shared-eraser.ts";
export { andThen, isLater } from "./soon.ts";
// ---- what has a partition of the log, for processes that own some
export type { Commit } from "./router/partition/commits.ts";
export type { PartitionFigures, RoutePartitionOptions } from "./router/partition/route-partition.ts";
export { routePartition } from "./router/partition/route-partition.ts";
export type { ArchivePartitionOptions } from "./router/partition/archive-partition.ts";
export { archivePartition } from "./router/partition/archive-partition.ts";
export { Gateways } from "./router/gateways.ts";
// ---- ports, and those of them that live in memory
export type * from "./ports/index.ts";
export { createMemoryFeed } from "./memory/memory-feed.ts";
export { MemoryWindow } from "./memory/memory-window.ts";
export type { WindowBounds } from "./memory/memory-window.ts";
// ---- rooms
export type { RoomState, Until } from "./room/state.ts";
export { emptyRoom } from "./room/state.ts";
export { stateFromJson, stateToJson } from "./room/state-json.ts";
export { textKey } from "./room/policies/text-key.ts";
export { isKept } from "./room/kept-kinds.ts";
export type { RoomItem, Withholding } from "./room/policies/room-item.ts";
export { noPolicyCounts, PolicyTally, type AppliedCounts, type PolicyCounts } from "./room/policies/tally.ts";
// ---- what is remembered within bounds
export { RecentMap } from "./recent-map.ts";
// ---- moderation
export * from "./moderation/words/index.ts";
// ---- load
export type { FanOutWork, Lateness, ProcessMeter } from "./gateway/meter.ts";
// ---- for edges that write frames of their own
export { binaryFrame, textFrame } from "./gateway/ws-frame.ts";
export { barrageV1, jsonText, type Encoding, type OwnFrame } from "./gateway/encoding.ts";
// ---- tracing
export { NOT_SAMPLED, TRACEPARENT, type Span, type SpanAttributes, type Tracing } from "./tracing/tracing.ts";
// ---- the ledger
export { EMPTY_LEDGER, imbalance, sumLedgers, type Ledger } from "./gateway/ledger.ts";
