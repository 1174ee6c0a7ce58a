import { rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { z } from "zod";
import type { WholeView } from "../http/call.ts";
import { ledgerPage } from "../http/routes/ledger.ts";
import { WorkerMeter } from "../owner-link/worker-meter.ts";
import { Fitness, logOf } from "../roles/fitness.ts";
import { startGatewayWorker } from "../roles/gateway.ts";
import { startOwner } from "../roles/owner.ts";
import type { RoleOptions, RunningRole } from "./child.ts";
import type { Questions } from "./questions.ts";

/** How often an owner without a supervisor looks whether its workers have gone, ms. */
const LOOK_EVERY_MS = 50;

const metricsPage = z.object({ type: z.string(), text: z.string() });

/** What one process tells of all of them: it asks the supervisor. */
function wholeOf(questions: Questions): WholeView {
  return {
    metrics: async () => metricsPage.parse(await questions.about("metrics")),
    ledger: (room) => questions.about("ledger", room),
    workers: () => questions.about("workers"),
  };
}

const residentBytes = (): number => process.memoryUsage.rss();

/** The server's own roles as a process runs them. */
export const startRole = (options: RoleOptions): Promise<RunningRole> =>
  options.role === "owner" ? ownerRole(options) : workerRole(options);

async function ownerRole({ config, socketPath, log }: RoleOptions): Promise<RunningRole> {
  const running = await startOwner(config, { socketPath, log });
  const { owner, metrics } = running;
  const meter = new WorkerMeter(systemClock);
  let isOrphan = false;
  return {
    load: () => ({
      connections: 0,
      queue: owner.logStats.queued,
      ...meter.sample(),
      residentBytes: residentBytes(),
    }),
    async facts(_room, isScrape) {
      const { counts, logStats, roomCount, windowMs } = owner;
      return {
        metrics: await metrics.ownerFacts({ totals: counts, logStats, roomCount, windowMs }, isScrape),
      };
    },
    failed: new Promise(() => undefined),
    async unneeded(ctx: Context) {
      isOrphan = true;
      using patience = ctx.cancellable({ timeout: config.server.shutdownDeadlineMs, name: "workers" });
      using ticker = new Ticker(LOOK_EVERY_MS, ctx);
      for await (const _ of ticker) if (running.workers.length === 0 || patience.cancelled) return;
    },
    async close() {
      try {
        await running.close();
      } finally {
        meter[Symbol.dispose]();
        // Its supervisor would have removed it.
        if (isOrphan) removeIfEmpty(dirname(socketPath));
      }
    },
    force: () => running.force(),
  };
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody has put something there: it is theirs.
  }
}

async function workerRole(options: RoleOptions): Promise<RunningRole> {
  const { config, socketPath, id, generation, listen, webRoot, log, questions } = options;
  if (listen === undefined) throw new TypeError("a worker is told where to listen");
  const running = await startGatewayWorker(config, {
    socketPath,
    worker: { id: String(id), generation },
    listen,
    log,
    whole: wholeOf(questions),
    ...(webRoot === undefined ? {} : { webRoot }),
  });
  const { engine, metrics, address, subAddress } = running;
  const fitness = new Fitness([logOf(engine)]);
  return {
    address,
    subPort: subAddress?.port,
    load: () => ({ ...running.load(), residentBytes: residentBytes() }),
    async facts(room, isScrape) {
      const isReady = fitness.reasons().length === 0;
      return {
        metrics: await metrics.gatewayFacts(engine, isReady, isScrape),
        ledger: ledgerPage(engine.gateway, room),
      };
    },
    failed: refused(running.refused),
    unneeded: () => Promise.resolve(),
    close: () => running.close(),
    force: () => running.force(),
  };
}

async function refused(reason: Promise<Error>): Promise<never> {
  throw await reason;
}
