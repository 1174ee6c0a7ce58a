/**
 * A process of a supervisor that only looks like one of the server: it listens, counts, and does what a test asks it
 * to over HTTP. Run as a program.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import type { AddressInfo } from "node:net";
import { rmSync } from "node:fs";
import { background } from "@barrage/kernel";
import { runChild } from "../../src/supervisor/child.ts";
import type { RoleOptions, RunningRole } from "../../src/supervisor/child.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import type { Facts } from "../../src/telemetry/facts.ts";
import { processPort } from "../../src/supervisor/process-port.ts";

/** Settings that mean something else to a stand-in. */
export const DOES_NOT_START = 666;
export const DOES_NOT_END = 667;

/** Given: signals of the test's terminal are the supervisor's to hear. */
process.on("SIGINT", () => undefined);

const never = new Promise<never>(() => undefined);
const load = { connections: 0, queue: 0, cpuShare: 0, loopDelayMs: 0, residentBytes: 1 };
let requests = 0;

const facts = (): Facts => ({
  metrics: [
    {
      name: "stand_in_requests_total",
      help: "x",
      type: "counter",
      aggregator: "sum",
      values: [{ value: requests, labels: {} }],
    },
  ],
  ledger: { process: { delivered: requests, in_flight: 1, lost_at_close: 0 }, rooms: [] },
});

async function owner({ socketPath }: RoleOptions): Promise<RunningRole> {
  let left = Promise.withResolvers<void>();
  let workers = 0;
  const server = createSocketServer((socket) => {
    workers += 1;
    socket.on("error", () => undefined).resume();
    socket.on("close", () => {
      workers -= 1;
      if (workers === 0) left.resolve();
    });
  });
  // The last one may have been killed.
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    load: () => load,
    facts: async () => ({ metrics: [] }),
    failed: never,
    async unneeded() {
      while (workers > 0) {
        await left.promise;
        left = Promise.withResolvers<void>();
      }
    },
    close: async () => void server.close(),
    force: () => undefined,
  };
}

async function answer(
  options: RoleOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  requests += 1;
  response.setHeader("connection", "close");
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
  const { id, generation, questions } = options;
  if (pathname === "/load") {
    load.queue = Number(searchParams.get("queue"));
    load.cpuShare = Number(searchParams.get("cpu"));
  } else if (pathname === "/exit") process.exit(3);
  else if (pathname === "/babble") {
    process.send?.({ type: "report", load: "much" });
    process.send?.("what?");
  } else if (pathname === "/metrics" || pathname === "/workers" || pathname === "/ledger") {
    const body = await questions.about(pathname.slice(1) as "metrics");
    response.end(JSON.stringify(body));
    return;
  }
  response.end(JSON.stringify({ pid: process.pid, id, generation }));
}

async function worker(options: RoleOptions): Promise<RunningRole> {
  const { config, listen, socketPath } = options;
  if (listen === undefined) throw new TypeError("a worker listens");
  if (config.engine.contentMax === DOES_NOT_START) throw new Error("it was told not to start");
  const link = connect(socketPath).on("error", () => undefined);
  const server: Server = createServer((request, response) => void answer(options, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: listen.port, host: listen.host, reusePort: listen.reusePort }, resolve);
  });
  const forced = Promise.withResolvers<void>();
  return {
    address: server.address() as AddressInfo,
    load: () => load,
    facts: async () => facts(),
    failed: never,
    unneeded: async () => undefined,
    async close() {
      if (config.engine.contentMax === DOES_NOT_END) await forced.promise;
      await new Promise<void>((resolve) => server.close(() => resolve()));
      link.destroy();
    },
    force: () => forced.resolve(),
  };
}

if (process.send !== undefined) {
  const code = await runChild({
    port: processPort(process),
    logOf: () => createLogger({ level: "silent" }),
    startRole: (options) => (options.role === "owner" ? owner(options) : worker(options)),
    root: background,
  });
  process.exit(code);
}
