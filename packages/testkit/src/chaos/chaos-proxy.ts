import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { background, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { ChaosLink } from "./chaos-link.ts";
import type { Stream, Toxic, ToxicType } from "./toxic.ts";
import { Toxics } from "./toxics.ts";

/** Where the proxy connects to: a TCP port, or a local socket. */
export type Upstream = { readonly port: number; readonly host?: string } | { readonly path: string };

export interface ChaosProxyOptions {
  /** Of a direction of a connection, bytes that may wait in the proxy; 256 KiB unless stated. */
  readonly bufferBytes?: number;
  /** In [0, 1): for toxicity, jitter and slices. */
  readonly random?: () => number;
  /** Its clock is the toxics'; its end is the proxy's. */
  readonly context?: Context;
}

/** Bytes of all connections, those that have ended included. */
export interface Carried {
  readonly upstream: number;
  readonly downstream: number;
}

// As much as a link of 20 Mbit/s holds in 100 ms: a latency that is tested slows nothing else.
const BUFFER_BYTES = 262_144;
const HOST = "127.0.0.1";

/**
 * A TCP proxy on loopback that does to its connections what Toxiproxy's toxics of the same names do.
 *
 * Shape      `await using proxy = await ChaosProxy.listen({ port })`; disposing ends every connection and its tasks.
 * Bounds     `bufferBytes` and one read wait in each direction of a connection: rule FT-12.
 * Example    proxy.put({ type: "latency", attributes: { latency: 50, jitter: 10 } });
 */
export class ChaosProxy implements AsyncDisposable {
  private readonly to: Upstream;
  private readonly options: Required<Omit<ChaosProxyOptions, "context">>;
  private readonly toxics = new Toxics();
  private readonly tasks: Scope;
  private readonly links = new Set<ChaosLink>();
  private readonly ended = { upstream: 0, downstream: 0 };
  private server: Server | undefined;
  private listensOn = 0;

  private constructor(to: Upstream, options: ChaosProxyOptions) {
    this.to = to;
    const { bufferBytes = BUFFER_BYTES, random = Math.random, context = background } = options;
    this.options = { bufferBytes, random };
    this.tasks = new Scope(context, { name: "chaos proxy", onError: "report" });
  }

  /** On a port of its own. */
  static async listen(to: Upstream, options: ChaosProxyOptions = {}): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(to, options);
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.listensOn;
  }

  /** Connections that are open, half-open ones included. */
  get connections(): number {
    return this.links.size;
  }

  /** Bytes that wait in the proxy. */
  get held(): Carried {
    return this.sum("held", { upstream: 0, downstream: 0 });
  }

  get carried(): Carried {
    return this.sum("carried", this.ended);
  }

  /** Holds for the connections there are and those to come; takes the place of one of the same type and direction. */
  put(toxic: Toxic): void {
    this.toxics.put(toxic);
  }

  remove(type: ToxicType, stream: Stream = "downstream"): void {
    this.toxics.remove(type, stream);
  }

  /** No toxics; connections that are left half open are closed. */
  reset(): void {
    this.toxics.clear();
    for (const link of this.links) link.closeHalfOpen();
  }

  /** Nobody listens, and every connection is reset. */
  async down(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const link of this.links) link.reset();
    await closed;
  }

  /** Listens, on the port that it had before. */
  async up(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
    this.server = server;
    server.listen(this.listensOn, HOST);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
    this.listensOn = address.port;
  }

  /** Resets the connections there are; others may come. */
  cut(): void {
    for (const link of this.links) link.reset();
  }

  /** Of every connection there is, `keeps` alone is left believing in it: it hears nothing any more, not even the end. */
  halfOpen(keeps: "client" | "server"): void {
    for (const link of this.links) link.halfOpen(keeps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await this.tasks[Symbol.asyncDispose]();
  }

  private accept(client: Socket): void {
    const server = connect({ host: HOST, ...this.to, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const link = new ChaosLink(client, server, { ...this.options, toxics: this.toxics });
    this.links.add(link);
    this.tasks.spawn((ctx) => this.carry(link, ctx), { name: "connection" });
  }

  private async carry(link: ChaosLink, ctx: Context): Promise<void> {
    try {
      await link.run(ctx);
    } finally {
      this.links.delete(link);
      this.ended.upstream += link.upstream.carried;
      this.ended.downstream += link.downstream.carried;
    }
  }

  private sum(what: "held" | "carried", start: Carried): Carried {
    let { upstream, downstream } = start;
    for (const link of this.links) {
      upstream += link.upstream[what];
      downstream += link.downstream[what];
    }
    return { upstream, downstream };
  }
}
