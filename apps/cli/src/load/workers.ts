import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { ArgsDef } from "citty";
import { Controller, joinRun, processWorkers } from "@barrage/load";
import type { StartWorker } from "@barrage/load";
import type { Surroundings, Values } from "../command.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../failure.ts";
import { wholeNumber } from "../options.ts";
import { oneLine } from "../terminal.ts";

const WORKERS_MAX = 256;
const TOKEN_BYTES = 24;
/** For somebody to start the workers on the other machines. */
const JOIN_MS = 300_000;
const SOURCES_MAX = 4_096;

export const WORKER_ARGS = {
  workers: {
    type: "string",
    description: "Worker processes on this machine (default 1; 0 with --remote-workers)",
    valueHint: "N",
  },
  "remote-workers": {
    type: "string",
    description: "Workers of other machines to wait for (default 0)",
    valueHint: "N",
  },
  listen: { type: "string", description: "Where remote workers join", valueHint: "HOST:PORT" },
  controller: {
    type: "string",
    description: "worker: the --listen address of the run",
    valueHint: "HOST:PORT",
  },
  token: {
    type: "string",
    description: "What controller and remote workers show each other (default: a new one, printed)",
    valueHint: "TEXT",
  },
  "source-addresses": {
    type: "string",
    description: "Local addresses to connect from, in turns: each makes up to 28,000 connections",
    valueHint: "LIST",
  },
} as const satisfies ArgsDef;

function addressOf(option: string, text: string | undefined): { host: string; port: number } {
  const url = text === undefined ? null : URL.parse(`tcp://${text}`);
  const port = Number(url?.port ?? "");
  if (url === null || url.hostname === "" || url.port === "" || url.pathname.length > 1)
    throw usageError(`--${option} must be like 0.0.0.0:9400, not ${text ?? "absent"}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** The addresses of `--source-addresses`; undefined when it was not given. Errors: CLI_USAGE. */
export function sourcesOf(values: Values): readonly string[] | undefined {
  const text = values.text("source-addresses");
  if (text === undefined) return undefined;
  const sources = text.split(",").map((each) => each.trim());
  const wrong = sources.find((each) => isIP(each) === 0);
  if (wrong !== undefined) throw usageError(`--source-addresses must be IP addresses, not ${wrong}`);
  if (sources.length > SOURCES_MAX) throw usageError(`--source-addresses are at most ${SOURCES_MAX}`);
  return sources;
}

/** Workers for one run. */
export interface Hired extends AsyncDisposable {
  readonly workers: readonly StartWorker[];
}

/** The workers that the options ask for, once those of other machines have joined. Errors: CLI_USAGE, LOAD_CANNOT_LISTEN, LOAD_WORKERS_MISSING. */
export async function hireWorkers(values: Values, { terminal, ctx }: Surroundings): Promise<Hired> {
  const count = (name: string, standard: number, min: number): number =>
    wholeNumber(name, values.text(name) ?? String(standard), { min, max: WORKERS_MAX });
  if (values.text("controller") !== undefined) throw usageError("--controller is for barrage load worker");
  const remote = count("remote-workers", 0, 0);
  const here = processWorkers(count("workers", 1, remote > 0 ? 0 : 1));
  if (remote === 0) {
    if (values.text("listen") !== undefined) throw usageError("--listen needs --remote-workers");
    return { workers: here, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { host, port } = addressOf("listen", values.text("listen"));
  const token = values.text("token") ?? randomBytes(TOKEN_BYTES).toString("base64url");
  const controller = await Controller.listen(
    {
      host,
      port,
      token,
      workers: remote,
      onJoin: (name) => terminal.err(`worker ${oneLine(name)} has joined`),
      onRefused: (reason) => terminal.err(`a worker was not let in: ${oneLine(reason)}`),
    },
    ctx,
  );
  try {
    terminal.err(
      `waiting for ${remote} workers: barrage load worker --controller ${host}:${controller.port} --token ${token}`,
    );
    const others = await controller.workers(JOIN_MS);
    return { workers: [...here, ...others], [Symbol.asyncDispose]: () => controller[Symbol.asyncDispose]() };
  } catch (error) {
    await controller[Symbol.asyncDispose]();
    throw error;
  }
}

/** `barrage load worker`: works for the run of another machine until that is over. */
export async function workerCommand(values: Values, { terminal, ctx }: Surroundings): Promise<number> {
  const token = values.text("token");
  if (token === undefined) throw usageError("barrage load worker needs --token");
  const controller = addressOf("controller", values.text("controller"));
  await joinRun({ ...controller, token, onJoined: () => terminal.out("joined") }, ctx);
  terminal.out("the run is over");
  return EXIT.DONE;
}
