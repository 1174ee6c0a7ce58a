import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import { whileLive } from "../run/while-live.ts";
import type { StartWorker } from "../run/worker-port.ts";
import { admitWorker, checkToken, thisSystem } from "./handshake.ts";
import { Link } from "./link.ts";
import type { ToController, ToWorker } from "./messages.ts";
import { remoteWorker } from "./remote-worker.ts";
import type { LinkedWorker } from "./remote-worker.ts";

/** A worker that has not shown the token by then is sent away, ms. */
const ADMIT_MS = 5_000;
/** Strangers at once. */
const STRANGERS_MAX = 64;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What a worker must know. */
  readonly token: string;
  /** Workers in all; when they have joined, nobody is admitted any more. */
  readonly workers: number;
  readonly onJoin?: (name: string) => void;
  /** Somebody came and was not let in. */
  readonly onRefused?: (reason: string) => void;
}

/**
 * Takes in workers from other machines: it listens, a worker comes and both show each other that they know the token.
 * What they say afterwards is not encrypted: between machines that do not trust their network, put it through a tunnel.
 *
 * Errors     LOAD_CANNOT_LISTEN from `listen`; LOAD_BAD_PLAN for a token that is too short.
 */
export class Controller implements AsyncDisposable {
  readonly #options: ListenOptions;
  readonly #ctx: Context;
  readonly #server: Server;
  readonly #tasks: Scope;
  readonly #joined: LinkedWorker[] = [];
  readonly #complete = Promise.withResolvers<void>();
  #strangers = 0;

  private constructor(options: ListenOptions, ctx: Context) {
    this.#options = options;
    this.#ctx = ctx;
    this.#tasks = new Scope(ctx, { name: "controller", onError: "report" });
    this.#server = createServer((socket) => this.#meet(socket));
    this.#complete.promise.catch(() => {});
  }

  static async listen(options: ListenOptions, ctx: Context): Promise<Controller> {
    checkToken(options.token);
    const controller = new Controller(options, ctx);
    const server = controller.#server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { host, port } = options;
    server.on("error", (error) =>
      reject(loadError("LOAD_CANNOT_LISTEN", { address: `${host}:${port}`, reason: error.message })),
    );
    server.listen(port, host, resolve);
    await promise;
    return controller;
  }

  get port(): number {
    const address = this.#server.address() as AddressInfo | null;
    return address?.port ?? 0;
  }

  /** The workers, when all have joined. Errors: LOAD_WORKERS_MISSING after that time, the cancel error. */
  async workers(withinMs: number): Promise<readonly StartWorker[]> {
    using patience = this.#ctx.cancellable({ timeout: withinMs });
    try {
      await whileLive(this.#complete.promise, patience);
    } catch (error) {
      this.#ctx.throwIfCancelled();
      const { workers: wanted } = this.#options;
      throw loadError("LOAD_WORKERS_MISSING", { joined: this.#joined.length, wanted }, error);
    }
    return this.#joined.map(remoteWorker);
  }

  /** Listens no more; workers that were given a plan are ended by their run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    for (const { link } of this.#joined) await link[Symbol.asyncDispose]();
    if (this.#server.listening) this.#server.close();
  }

  #meet(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    if (this.#strangers >= STRANGERS_MAX || this.#joined.length >= this.#options.workers)
      return void socket.destroy();
    this.#strangers += 1;
    this.#tasks.spawn((ctx) => this.#admit(socket, ctx), { name: "admit worker" });
  }

  async #admit(socket: Socket, ctx: Context): Promise<void> {
    const link = new Link<ToController, ToWorker>(socket, this.#ctx, { isStranger: true });
    try {
      using patience = ctx.cancellable({ timeout: ADMIT_MS });
      const { name, machine } = await whileLive(admitWorker(link, this.#options.token), patience);
      this.#take({ link, name: `${name} (${socket.remoteAddress})`, sharesClock: isThis(machine) });
    } catch (error) {
      this.#options.onRefused?.(error instanceof Error ? error.message : String(error));
      await link[Symbol.asyncDispose]();
    } finally {
      this.#strangers -= 1;
    }
  }

  #take(worker: LinkedWorker): void {
    if (this.#joined.length >= this.#options.workers) {
      worker.link.send({ type: "refused", reason: "there are workers enough" });
      return void this.#tasks.spawn(() => worker.link[Symbol.asyncDispose](), { name: "surplus worker" });
    }
    this.#joined.push(worker);
    this.#options.onJoin?.(worker.name);
    if (this.#joined.length === this.#options.workers) this.#complete.resolve();
  }
}

const isThis = (machine: string | undefined): boolean => machine !== undefined && machine === thisSystem();
