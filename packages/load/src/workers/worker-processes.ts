import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import { whileLive } from "../run/while-live.ts";
import type { StartWorker, WorkerAssignment, WorkerPort } from "../run/worker-port.ts";
import { Link } from "./link.ts";
import type { ToController, ToWorker } from "./messages.ts";
import { remoteWorker } from "./remote-worker.ts";

/** As TypeScript in this repository, as JavaScript in the published package. */
const ENDING = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const ENTRY = fileURLToPath(new URL(`worker-process${ENDING}`, import.meta.url));
/** The file descriptor of the link in the worker's process. */
export const LINK_FD = 3;
const WORDS_CHARACTERS = 2_000;
const END_MS = 5_000;

export interface ProcessOptions {
  /** The process has begun. */
  readonly onProcess?: (pid: number) => void;
}

/** A worker in a process of its own on this machine, which ends with the run. */
function processWorker(
  { onProcess }: ProcessOptions,
  assignment: WorkerAssignment,
  ctx: Context,
): WorkerPort {
  const child = spawn(process.execPath, [ENTRY], {
    // In a group of its own: a terminal's Ctrl-C is for the controller, which then asks the worker for what it has.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  if (child.pid !== undefined) onProcess?.(child.pid);
  const words = lastWordsOf(child);
  const socket = child.stdio[LINK_FD];
  const name = `${assignment.part.index} (process ${child.pid ?? "not started"})`;
  if (!(socket instanceof Socket))
    throw loadError("LOAD_WORKER_LOST", { worker: name, reason: "there is no way to it" });
  const link = new Link<ToController, ToWorker>(socket, ctx, { isStranger: false });
  const close = (): Promise<void> => ended(child, exited, ctx);
  return remoteWorker({ link, name, sharesClock: true, lastWords: words, close })(assignment, ctx);
}

/** Its way to us is closed, so it ends by itself; if not, it is ended. */
async function ended(child: ChildProcess, exited: Promise<void>, ctx: Context): Promise<void> {
  using patience = ctx.cancellable({ timeout: END_MS });
  try {
    await whileLive(exited, patience);
  } catch {
    // It hangs: nothing that it has is still needed.
    child.kill("SIGKILL");
    await exited;
  }
}

/** What a process wrote on stderr at last: why it failed, if it did. */
function lastWordsOf({ stderr }: ChildProcess): () => string {
  let words = "";
  stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    words = (words + chunk).slice(-WORDS_CHARACTERS);
  });
  return () => {
    const lines = words.split("\n").filter((line) => line.trim() !== "");
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? "";
  };
}

/** So many workers in processes of their own. */
export const processWorkers = (count: number, options: ProcessOptions = {}): readonly StartWorker[] =>
  Array.from({ length: count }, () => (assignment, ctx) => processWorker(options, assignment, ctx));
