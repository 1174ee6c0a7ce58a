import { resolve } from "node:path";
import { networkInterfaces } from "node:os";
import type { Context } from "@barrage/kernel";
import type { ServerConfig } from "@barrage/server";
import type { Command, Surroundings, Values } from "../command.ts";
import { CONFIG_OPTIONS, configOf, derivedOptions } from "../config-flags.ts";
import type { Crowd } from "../demo/crowd.ts";
import { DEMO_ROOM } from "../demo/stage.ts";
import { usageError } from "../errors.ts";
import { EXIT, reportFailure } from "../failure.ts";
import { networkAddresses, urlOf } from "../serve/addresses.ts";
import { bannerLines } from "../serve/banner.ts";
import { logTo } from "../serve/logging.ts";
import type { LogForm } from "../serve/logging.ts";
import type { Serving } from "../serve/serving.ts";
import { keepsRole, superviseRole } from "../serve/supervised.ts";
import { findWebRoot } from "../serve/web-root.ts";
import { StopRequested } from "../signals.ts";

export const serve: Command = {
  name: "serve",
  description:
    "Run the whole server, in one process or, with --workers, in several; or one role of a cluster",
  args: {
    ...CONFIG_OPTIONS,
    log: {
      type: "string",
      description:
        "json, or human (warnings and errors as short lines); by default human on a screen, else json",
      valueHint: "json|human",
    },
    ...derivedOptions(),
  },
  examples: [
    ["barrage serve --demo", "on 127.0.0.1:8080, with a room that is already lively"],
    ["barrage serve --host --port 9000", "reachable from the local network; prints a QR code for a phone"],
    ["barrage serve --data /srv/barrage --config barrage.json", "with its own folder and settings"],
    ["barrage serve --workers auto", "one process for log and rooms, and gateways on the other processors"],
    [
      "barrage serve --role gateway --config cluster.yaml",
      "one part of a cluster, on the Kafka, Redis and PostgreSQL that the file names",
    ],
    ["barrage serve --port 0 --log json", "on any free port, as another program would start it"],
  ],
  run: runServe,
};

function logFormOf(values: Values): LogForm {
  const form = values.text("log") ?? (process.stderr.isTTY ? "human" : "json");
  if (form === "json" || form === "human") return form;
  throw usageError(`--log must be json or human, not ${form}`);
}

async function runServe(values: Values, around: Surroundings): Promise<number> {
  const { terminal, ctx } = around;
  const form = logFormOf(values);
  const readConfig = (): ServerConfig => configOf(values, around).config;
  const config = readConfig();
  const log = logTo(form, config.telemetry.logLevel);
  if (keepsRole(config, around)) return superviseRole(config, log, around);
  // Loaded here: who only keeps a role up needs no server.
  const { startServing, preparing } = await import("../serve/serving.ts");
  const { supervised } = around;
  const webRoot = findWebRoot();
  const { restarts, prepared } = (await supervised?.wanted(preparing(config, { log, webRoot }))) ?? {};
  const server = await startServing(config, { log, form, webRoot, readConfig, ctx, restarts, prepared });
  supervised?.serves();
  using _ = reloadOnHangup(server, around);
  // Whoever reads it has it from the first one.
  if (restarts === undefined || restarts === 0)
    for (const line of banner(server, config, terminal.isInteractive)) terminal.out(line);
  const crowd = config.demo ? await startDemo(server, around) : undefined;
  await cancelled(ctx);
  const signal = ctx.cause instanceof StopRequested ? ctx.cause.signal : "a stop request";
  terminal.out(
    `${signal}: telling viewers to come back, finishing what was acknowledged; once more ends at once`,
  );
  // The second signal ends this process at once, and must leave no other one behind.
  process.once("exit", () => server.force());
  await crowd?.stop();
  await server.close();
  terminal.out("stopped");
  return EXIT.DONE;
}

function reloadOnHangup(server: Serving, { hangups }: Surroundings): Disposable {
  return server.reload === undefined || hangups === undefined
    ? { [Symbol.dispose]: () => undefined }
    : hangups.take(() => server.reload?.());
}

function banner(server: Serving, config: ServerConfig, isInteractive: boolean): readonly string[] {
  const { host } = config.server;
  const { port, url } = server;
  const scheme = config.server.tlsCert === null ? "http" : "https";
  return bannerLines({
    url,
    networkUrls: networkAddresses(host, networkInterfaces()).map((address) => urlOf(scheme, address, port)),
    role: config.cluster.role === "embedded" ? undefined : config.cluster.role,
    dataFolder: resolve(config.store.dir),
    demoRoom: config.demo && server.devKey !== undefined ? DEMO_ROOM : undefined,
    devKey: server.devKey,
    workers: server.workers,
    isInteractive,
  });
}

/** A demo that cannot start is said and left out: the server itself is there. */
async function startDemo(server: Serving, { terminal, ctx }: Surroundings): Promise<Crowd | undefined> {
  const { url, devKey } = server;
  if (devKey === undefined) {
    terminal.err("barrage: no demo in production: its crowd needs the development login");
    return undefined;
  }
  // Loaded here: a server without a demo starts faster for it.
  const { startCrowd } = await import("../demo/crowd.ts");
  try {
    // A seed of its own for each start: the room of the last one may still be in the data folder.
    return await startCrowd({ base: new URL(url), key: devKey }, Date.now(), ctx.detached());
  } catch (error) {
    terminal.err("barrage: the demo room stays empty:");
    reportFailure(terminal, error);
    return undefined;
  }
}

async function cancelled(ctx: Context): Promise<void> {
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  using _ = ctx.onCancel(() => stop());
  await promise;
}
