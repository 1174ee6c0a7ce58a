import type { AddressInfo } from "node:net";
import type { EngineEvent } from "@barrage/engine";
import type { ServerConfig } from "../config/schema.ts";
import { serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { WorkerLoad, WorkerName } from "./owner.ts";

export interface GatewayWorkerOptions {
  /** The owner's Unix-domain socket. */
  readonly socketPath: string;
  readonly worker: WorkerName;
  /** `reusePort`: several workers share the port, which then must not be 0. `subPort`: instead of the configured one. */
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly reusePort: boolean;
    readonly subPort?: number | null;
  };
  /** Folder of the built page. */
  readonly webRoot?: string;
  readonly log?: Logger;
  readonly onEvent?: (event: EngineEvent) => void;
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
  /** Resolves with the reason if the owner refuses this worker for good (another version, a newer generation): it should end. */
  readonly refused: Promise<Error>;
  /** Stops accepting, tells viewers to come back elsewhere, finishes what was begun; the process may end then. Same as `close`. */
  drain(): Promise<void>;
  /** Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/**
 * HTTP and WebSocket edges and fan-out of one process; everything else is asked of the owner.
 * Resolves when it is connected to the owner and listens.
 *
 * Errors     SERVER_OWNER_ codes, those of listening; nothing stays open after a failed start.
 */
export async function startGatewayWorker(
  _config: ServerConfig,
  { listen: { host, port } }: GatewayWorkerOptions,
): Promise<RunningWorker> {
  throw serverError("SERVER_LISTEN_FAILED", { host, port, reason: "not wired yet" });
}
