import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { AddressInfo } from "node:net";
import type { ServerConfig } from "../config/schema.ts";
import { reasonOf, serverError } from "../errors.ts";

type Settings = ServerConfig["server"];

/** Time a client may take to send its headers, ms: a slow one must not hold a socket. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Time for a whole request with its body, ms: an import of the largest file over a slow line. */
const REQUEST_TIMEOUT_MS = 300_000;
/** Connections that may wait to be taken, within the kernel's own limit: who finds it full comes back after a second or more. */
const BACKLOG = 4_096;
/** Idle time of a kept-alive connection, ms: longer than the idle time of common load balancers (60 s). */
const KEEP_ALIVE_MS = 65_000;

function readPem(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw serverError("SERVER_TLS_UNREADABLE", { what, path, reason: reasonOf(error) }, error);
  }
}

function tlsOf({ tlsCert, tlsKey }: Settings): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === null || tlsKey === null) return undefined;
  const pair = { cert: readPem("certificate", tlsCert), key: readPem("key", tlsKey) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw serverError(
      "SERVER_TLS_UNREADABLE",
      { what: "pair", path: tlsCert, reason: reasonOf(error) },
      error,
    );
  }
  return pair;
}

/** The HTTP or HTTPS server, not yet listening. Errors: SERVER_TLS_UNREADABLE. */
export function makeServer(settings: Settings): Server {
  const tls = tlsOf(settings);
  const options = {
    maxHeaderSize: settings.headerLimitBytes,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  };
  return tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
}

/** Where to listen; with `reusePort` beside other processes, among which the kernel shares out the connections. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly reusePort: boolean;
}

/** Errors of listening in our words. */
export function listenError(error: unknown, { host, port }: Pick<ListenPlace, "host" | "port">) {
  const { code } = error as NodeJS.ErrnoException;
  const where = { host, port };
  if (code === "EADDRINUSE") return serverError("SERVER_PORT_TAKEN", where, error);
  if (code === "EACCES") return serverError("SERVER_PORT_FORBIDDEN", where, error);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return serverError("SERVER_HOST_UNKNOWN", where, error);
  return serverError("SERVER_LISTEN_FAILED", { ...where, reason: reasonOf(error) }, error);
}

/** Errors: SERVER_PORT_TAKEN, SERVER_PORT_FORBIDDEN, SERVER_HOST_UNKNOWN, SERVER_LISTEN_FAILED. */
export function listen(server: Server, { host, port, reusePort }: ListenPlace): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => reject(listenError(error, { host, port }));
    server.once("error", onError);
    server.listen({ host, port, reusePort, backlog: BACKLOG }, () => {
      server.off("error", onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Where a browser on this machine finds the server. */
export function urlOf(address: AddressInfo, isSecure: boolean): string {
  const anywhere = address.address === "0.0.0.0" || address.address === "::";
  const host = anywhere ? "127.0.0.1" : address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${isSecure ? "https" : "http"}://${host}:${address.port}`;
}
