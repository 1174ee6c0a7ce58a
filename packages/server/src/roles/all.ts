import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createMemoryFeed, MemoryWindow, startEngine } from "@barrage/engine";
import type { Engine } from "@barrage/engine";
import { systemClock } from "@barrage/kernel";
import { createAuthority } from "../auth/authority.ts";
import { engineSettingsOf } from "../config/engine-settings.ts";
import type { ServerConfig } from "../config/schema.ts";
import { openEdge } from "./edge.ts";
import { openHouse, stopWithin, wayDownOf } from "./house.ts";
import type { House, HouseOptions } from "./house.ts";
import { openStoreOf } from "./store.ts";
import type { Store } from "./store.ts";
import { startUpkeep } from "./upkeep.ts";

export interface StartOptions extends HouseOptions {
  /** Folder of the built page. */
  readonly webRoot?: string;
  /** Absent: SQLite in the configured folder. */
  readonly openStore?: (dir: string) => Promise<Store>;
}

export interface RunningServer {
  readonly address: AddressInfo;
  /** Where the goim framing is spoken on TCP; absent where it is not. */
  readonly subAddress: AddressInfo | undefined;
  /** For a browser on this machine. */
  readonly url: string;
  /** For moderator links; absent in production. */
  readonly devKey: string | undefined;
  /** The engine itself, for what runs in the same process. */
  readonly engine: Engine;
  /** Drains in order within the configured deadline. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

function openEngine(
  { config, scope, meter, tracing, onEvent }: House,
  { log, rooms, archive, audit }: Store,
): Promise<Engine> {
  const settings = engineSettingsOf(config);
  const window = new MemoryWindow(settings.window, scope.context.clock);
  return startEngine({
    ports: { log, rooms, archive, audit, window, feed: createMemoryFeed() },
    settings,
    ctx: scope.context,
    onEvent,
    newId: randomUUID,
    random: Math.random,
    meter,
    tracing,
  });
}

/**
 * The whole server in one process: stores, engine, HTTP, WebSocket, upkeep.
 *
 * Errors     the SERVER_ codes, the store's own; nothing stays open after a failed start.
 */
export async function startServer(config: ServerConfig, options: StartOptions = {}): Promise<RunningServer> {
  await using undo = new AsyncDisposableStack();
  const house = await openHouse(config, options, undo);
  const store = await openStoreOf(config, options, undo);
  const authority = createAuthority(config, systemClock);
  const engine = await openEngine(house, store);
  undo.defer(() => stopWithin((ctx) => engine.stop(ctx)));
  const { host, port, subPort } = config.server;
  const place = { host, port, reusePort: false };
  const edge = await openEdge(house, { engine, authority, place, subPort, webRoot: options.webRoot }, undo);
  await startUpkeep(house, engine, store);
  const { address, url } = await edge.listen();

  // From here on the way down is in order.
  undo.move();
  const { orderly, release } = edge;
  const last = [{ name: "stores", run: () => store.close() }];
  const shutdown = wayDownOf(house, { orderly, release, last });
  house.log.info({ url, mode: config.mode }, "the server listens");
  return {
    address,
    subAddress: edge.subAddress,
    url,
    devKey: authority.devKey,
    engine,
    close: () => shutdown.run(),
    force: () => shutdown.force(),
  };
}
