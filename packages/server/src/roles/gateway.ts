import type { AddressInfo } from "node:net";
import type { EdgeEngine } from "@barrage/engine";
import { background, systemClock } from "@barrage/kernel";
import { createAuthority } from "../auth/authority.ts";
import { engineSettingsOf } from "../config/engine-settings.ts";
import type { ServerConfig } from "../config/schema.ts";
import { serverError } from "../errors.ts";
import type { WorkerLoad, WorkerName } from "../owner-link/frames.ts";
import type { WholeView } from "../http/call.ts";
import { RemoteEngine } from "../owner-link/remote-engine.ts";
import { checkSocketPath } from "../owner-link/socket-file.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openEdge } from "./edge.ts";
import { openHouse, stopWithin, wayDownOf } from "./house.ts";
import type { House, HouseOptions } from "./house.ts";

export interface GatewayWorkerOptions extends HouseOptions {
  /** The owner's Unix-domain socket. */
  readonly socketPath: string;
  readonly worker: WorkerName;
  /** Time that the owner has to answer, ms; 30 s unless stated. */
  readonly ownerWithinMs?: number;
  /** `reusePort`: several workers share the port, which then must not be 0. `subPort`: instead of the configured one. */
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly reusePort: boolean;
    readonly subPort?: number | null;
  };
  /** Folder of the built page. */
  readonly webRoot?: string;
  /** Tells of all processes together; absent: the pages tell of this one. */
  readonly whole?: WholeView;
}

export interface RunningWorker {
  readonly address: AddressInfo;
  /** Where the goim framing is spoken on TCP; absent where it is not. */
  readonly subAddress: AddressInfo | undefined;
  /** For a browser on this machine. */
  readonly url: string;
  /** For moderator links; absent in production. */
  readonly devKey: string | undefined;
  load(): WorkerLoad;
  /** This process's half of the engine and its metrics, for what runs in the same process. */
  readonly engine: EdgeEngine;
  readonly metrics: Metrics;
  /** Resolves with the reason if the owner refuses this worker for good (another version, a newer generation): it should end. */
  readonly refused: Promise<Error>;
  /** Stops accepting, tells viewers to come back elsewhere, finishes what was begun; the process may end then. Same as `close`. */
  drain(): Promise<void>;
  /** Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/** Time that an owner has to answer a worker that starts, ms: it may be opening a large log. */
const OWNER_WITHIN_MS = 30_000;

async function openEngine(
  { config, log, scope, meter, tracing, onEvent }: House,
  { socketPath, worker, ownerWithinMs = OWNER_WITHIN_MS }: GatewayWorkerOptions,
  undo: AsyncDisposableStack,
): Promise<RemoteEngine> {
  const engine = new RemoteEngine({
    socketPath,
    worker,
    settings: engineSettingsOf(config),
    ctx: scope.context,
    onEvent,
    onLink(change, error) {
      if (change === "ready") log.info({ socketPath }, "linked to the owner");
      else log.warn({ socketPath, err: error }, "the link to the owner is lost");
    },
    random: Math.random,
    meter,
    tracing,
  });
  undo.defer(() => stopWithin((ctx) => engine.stop(ctx)));
  const refused = engine.refused.then((error) => {
    throw error;
  });
  try {
    await Promise.race([engine.arrive(ownerWithinMs, background), refused]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "BARRAGE_UNAVAILABLE")
      throw serverError("SERVER_OWNER_UNREACHABLE", { path: socketPath }, error);
    throw error;
  }
  return engine;
}

/**
 * HTTP and WebSocket edges and fan-out of one process; everything else is asked of the owner.
 * Resolves when it is linked to the owner and listens.
 *
 * Errors     SERVER_OWNER_UNREACHABLE, SERVER_LINK_VERSION, SERVER_WORKER_OUTDATED, those of listening; nothing stays
 *            open after a failed start.
 */
export async function startGatewayWorker(
  config: ServerConfig,
  options: GatewayWorkerOptions,
): Promise<RunningWorker> {
  checkSocketPath(options.socketPath);
  await using undo = new AsyncDisposableStack();
  const house = await openHouse(config, options, undo);
  const engine = await openEngine(house, options, undo);
  const authority = createAuthority(config, systemClock);
  const { listen: place, webRoot, whole } = options;
  const { subPort = config.server.subPort } = place;
  const edge = await openEdge(house, { engine, authority, place, subPort, webRoot, whole }, undo);
  const { address, url } = await edge.listen();

  // From here on the way down is in order.
  undo.move();
  const { orderly, release } = edge;
  const shutdown = wayDownOf(house, { orderly, release });
  const close = (): Promise<void> => shutdown.run();
  house.log.info({ url }, "the worker listens");
  return {
    address,
    subAddress: edge.subAddress,
    url,
    devKey: authority.devKey,
    load: () => engine.load,
    engine,
    metrics: house.metrics,
    refused: engine.refused,
    drain: close,
    close,
    force: () => shutdown.force(),
  };
}
