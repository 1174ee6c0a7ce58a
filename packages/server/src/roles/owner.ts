import { randomUUID } from "node:crypto";
import { MemoryWindow, startOwnerHalf } from "@barrage/engine";
import type { Owner } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { createAuthority } from "../auth/authority.ts";
import { engineSettingsOf } from "../config/engine-settings.ts";
import type { ServerConfig } from "../config/schema.ts";
import type { WorkerLoad, WorkerName } from "../owner-link/frames.ts";
import { checkSocketPath } from "../owner-link/socket-file.ts";
import { WorkerFeed } from "../owner-link/worker-feed.ts";
import { WorkerLinks } from "../owner-link/worker-links.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openHouse, stopWithin, wayDownOf } from "./house.ts";
import type { House, HouseOptions } from "./house.ts";
import { openStoreOf } from "./store.ts";
import type { Store } from "./store.ts";
import { startUpkeep } from "./upkeep.ts";

export interface OwnerOptions extends HouseOptions {
  /** Unix-domain socket that workers connect to; at most 107 bytes. */
  readonly socketPath: string;
  /** Absent: SQLite in the configured folder. */
  readonly openStore?: (dir: string) => Promise<Store>;
}

/** What a connected worker reported last; `at` is the owner's wall clock, ms. */
export interface WorkerReport extends WorkerName, WorkerLoad {
  readonly at: number;
}

export interface RunningOwner {
  readonly socketPath: string;
  /** The connected workers. */
  readonly workers: readonly WorkerReport[];
  /** The owner itself, and this process's metrics, for what runs in the same process. */
  readonly owner: Owner;
  readonly metrics: Metrics;
  /** Takes no more; what was acknowledged is stored and published; then ends. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

function openOwner(
  { config, scope, tracing, onEvent }: House,
  { log, rooms, archive, audit }: Store,
  feed: WorkerFeed,
): Promise<Owner> {
  const settings = engineSettingsOf(config);
  const window = new MemoryWindow(settings.window, scope.context.clock);
  return startOwnerHalf({
    ports: { log, rooms, archive, audit, window, feed },
    settings,
    ctx: scope.context,
    onEvent,
    newId: randomUUID,
    feedMayLose: true,
    tracing,
  });
}

/**
 * The one process that owns log, rooms, limits and presence; gateway workers ask it over a Unix-domain socket.
 *
 * Errors     SERVER_SOCKET_ codes, the store's own; nothing stays open after a failed start.
 */
export async function startOwner(config: ServerConfig, options: OwnerOptions): Promise<RunningOwner> {
  const { socketPath } = options;
  checkSocketPath(socketPath);
  await using undo = new AsyncDisposableStack();
  const house = await openHouse(config, options, undo);
  const store = await openStoreOf(config, options, undo);
  // Makes the development issuer's secrets before workers look for them.
  createAuthority(config, background.clock);
  const { log, metrics, meter } = house;
  const feed = new WorkerFeed(() => meter.now());
  const owner = await openOwner(house, store, feed);
  undo.defer(() => stopWithin((ctx) => owner.stop(ctx)));
  await startUpkeep(house, owner, store);
  const links = await WorkerLinks.listen(socketPath, {
    owner,
    feed,
    meter,
    log,
    ctx: house.scope.context,
  });

  // From here on the way down is in order.
  undo.move();
  const shutdown = wayDownOf(house, {
    orderly: [
      { name: "publish what was acknowledged", run: (ctx) => owner.drain(ctx) },
      { name: "workers", run: (ctx) => links.drain(ctx) },
      { name: "engine", run: (ctx) => owner.stop(ctx) },
    ],
    release: [{ name: "links", run: () => links[Symbol.asyncDispose]() }],
    last: [{ name: "stores", run: () => store.close() }],
  });
  log.info({ socketPath, mode: config.mode }, "the owner listens for workers");
  return {
    socketPath,
    get workers() {
      return links.workers;
    },
    owner,
    metrics,
    close: () => shutdown.run(),
    force: () => shutdown.force(),
  };
}
