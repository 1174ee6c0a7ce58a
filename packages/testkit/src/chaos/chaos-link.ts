import type { Socket } from "node:net";
import { scope, sleep } from "@barrage/kernel";
import type { CancellableContext, Context } from "@barrage/kernel";
import { Flow } from "./flow.ts";
import type { FlowLink } from "./flow.ts";
import type { Stream, Toxic, ToxicNamed, ToxicType } from "./toxic.ts";
import { LinkToxics } from "./toxics.ts";
import type { Toxics } from "./toxics.ts";

export interface LinkOptions {
  readonly toxics: Toxics;
  readonly random: () => number;
  /** Of each direction. */
  readonly bufferBytes: number;
}

/** Longer than any test (ms); what changes the toxics ends it. */
const FOREVER_MS = 86_400_000;
const STREAMS = ["upstream", "downstream"] as const;

/** One connection through the proxy: the client's leg, the server's, and a flow each way. */
export class ChaosLink implements FlowLink {
  readonly upstream: Flow;
  readonly downstream: Flow;
  readonly random: () => number;
  private readonly client: Socket;
  private readonly server: Socket;
  private readonly options: LinkOptions;
  private readonly toxics: LinkToxics;
  private own: CancellableContext | undefined;
  /** What is to be looked at again when the toxics change. */
  private readonly waiting = new Set<CancellableContext>();
  private isHalfOpen = false;

  constructor(client: Socket, server: Socket, options: LinkOptions) {
    this.client = client;
    this.server = server;
    this.options = options;
    this.random = options.random;
    this.toxics = new LinkToxics(options.toxics, options.random);
    this.upstream = new Flow("upstream", [client, server], this);
    this.downstream = new Flow("downstream", [server, client], this);
    this.tie(client, server);
    this.tie(server, client);
  }

  /** Until both directions have ended, one leg broke, or it was cut; both sockets are closed then. */
  async run(ctx: Context): Promise<void> {
    const legs = [this.client, this.server];
    const closed = Promise.all(legs.map(closing));
    using _ = ctx.onCancel(() => {
      for (const leg of legs) leg.destroy();
    });
    await this.flow(ctx);
    // Of a half-open connection one leg is left: it is there, and nobody reads it.
    if (!this.isHalfOpen) for (const leg of legs) leg.destroySoon();
    await closed;
  }

  find<Type extends ToxicType>(type: Type, stream: Stream): ToxicNamed<Type> | undefined {
    return this.toxics.find(type, stream);
  }

  async pause(ms: number, ctx: Context): Promise<void> {
    using changed = ctx.cancellable({ name: "until the toxics change" });
    this.waiting.add(changed);
    try {
      await sleep(ms, changed);
    } catch (error) {
      if (ctx.cancelled) throw error;
    } finally {
      this.waiting.delete(changed);
    }
  }

  close(): void {
    this.client.destroySoon();
    this.server.destroySoon();
    this.own?.cancel();
  }

  /** With RST, as of a peer whose process is gone. */
  reset(): void {
    resetLeg(this.client);
    resetLeg(this.server);
    this.own?.cancel();
  }

  /** One side is told that the connection has ended; the other, `keeps`, is told nothing and hears nothing any more. */
  halfOpen(keeps: "client" | "server"): void {
    this.isHalfOpen = true;
    this.own?.cancel();
    (keeps === "client" ? this.server : this.client).destroy();
  }

  closeHalfOpen(): void {
    if (!this.isHalfOpen) return;
    this.client.destroy();
    this.server.destroy();
  }

  private async flow(ctx: Context): Promise<void> {
    using own = ctx.cancellable({ name: "chaos link" });
    this.own = own;
    using _ = this.options.toxics.onChange((removed) => this.onToxics(removed));
    const { bufferBytes } = this.options;
    try {
      await scope(
        async (tasks) => {
          const fate = tasks.spawn((ctx) => this.meetFate(ctx), { name: "fate" });
          const flows = [this.upstream, this.downstream].map((flow) =>
            tasks.spawn((ctx) => flow.run(bufferBytes, ctx), { name: "flow" }),
          );
          await Promise.all(flows);
          fate.cancel();
        },
        { name: "chaos link", parent: own },
      );
    } catch (error) {
      if (!own.cancelled) throw error;
    }
  }

  /** Toxics that end a connection some time after it met them. */
  private async meetFate(ctx: Context): Promise<void> {
    const met = new Map<Toxic, number>();
    for (;;) {
      let next = Infinity;
      for (const stream of STREAMS) {
        for (const type of ["timeout", "reset_peer"] as const) {
          const toxic = this.find(type, stream);
          if (toxic === undefined || (type === "timeout" && toxic.attributes.timeout === 0)) continue;
          const since = met.get(toxic) ?? ctx.clock.now();
          met.set(toxic, since);
          const left = since + toxic.attributes.timeout - ctx.clock.now();
          if (left <= 0) return type === "timeout" ? this.close() : this.reset();
          next = Math.min(next, left);
        }
      }
      await this.pause(Math.min(next, FOREVER_MS), ctx);
    }
  }

  private onToxics(removed: Toxic | undefined): void {
    for (const changed of this.waiting) changed.cancel();
    // What was lost on the way cannot be had again: a stream with a hole is worse than none.
    if (removed?.type === "timeout" && this.toxics.has(removed)) this.close();
  }

  /** A leg that breaks takes the other one with it. */
  private tie(leg: Socket, other: Socket): void {
    leg.on("error", () => {
      resetLeg(other);
      this.own?.cancel();
    });
  }
}

/** A local socket has no RST. */
function resetLeg(leg: Socket): void {
  if (leg.remotePort === undefined && !leg.connecting) leg.destroy();
  else leg.resetAndDestroy();
}

/** Not by `once` of events, which fails where the socket does. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
}
