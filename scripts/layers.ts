/** One workspace of the repository and how high it stands. Imports point strictly down. */
export interface Layer {
  readonly layer: number;
  readonly folder: string;
  readonly job: string;
}

/** The picture of the architecture: tests/architecture enforces it, scripts/docs.ts prints it. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "@barrage/kernel": {
    layer: 0,
    folder: "packages/kernel",
    job: "contexts, scopes, channels, clocks: every task has an owner",
  },
  "@barrage/protocol": {
    layer: 0,
    folder: "packages/protocol",
    job: "danmaku and room types, frames, decoding, errors, close codes",
  },
  "@barrage/overlay": {
    layer: 0,
    folder: "packages/overlay",
    job: "draws danmaku over a video; knows nothing of the network",
  },
  "@barrage/lint": {
    layer: 0,
    folder: "packages/lint",
    job: "lint rules for tasks, timers and cancellation; a tool, imported by nothing",
  },
  "@barrage/kernel-node": {
    layer: 1,
    folder: "packages/kernel-node",
    job: "the kernel's tools that need Node or a library: profiles, monitors, race detector",
  },
  "@barrage/files": {
    layer: 1,
    folder: "packages/files",
    job: "danmaku files: Bilibili XML, JSON, ASS, in and out",
  },
  "@barrage/engine": {
    layer: 1,
    folder: "packages/engine",
    job: "rooms, order, batching, fan-out, moderation; declares the ports",
  },
  "@barrage/client": {
    layer: 1,
    folder: "packages/client",
    job: "SDK for browser and Node: connect, resume, outbox",
  },
  "@barrage/launchers": {
    layer: 1,
    folder: "packages/launchers",
    job: "starts Kafka, a Redis Cluster and PostgreSQL from the programs of this machine",
  },
  "@barrage/store-sqlite": { layer: 2, folder: "packages/store-sqlite", job: "the ports on node:sqlite" },
  "@barrage/store-postgres": {
    layer: 2,
    folder: "packages/store-postgres",
    job: "archive, room states and audit log on PostgreSQL",
  },
  "@barrage/cluster": {
    layer: 2,
    folder: "packages/cluster",
    job: "the log on Kafka; feed, recent window, limits and presence on Redis Cluster",
  },
  "@barrage/load": {
    layer: 2,
    folder: "packages/load",
    job: "load generator: open model, send-to-screen latency, losses and order, reports",
  },
  "@barrage/testkit": {
    layer: 2,
    folder: "packages/testkit",
    job: "fake clock, contract suites, leak checks; for tests only",
  },
  "@barrage/server": {
    layer: 3,
    folder: "packages/server",
    job: "HTTP and WebSocket edges, config, telemetry; names the adapters",
  },
  "@barrage/web": { layer: 4, folder: "apps/web", job: "the live page, the OBS page, the embed script" },
  "@barrage/cli": { layer: 5, folder: "apps/cli", job: "the `barrage` command" },
};
