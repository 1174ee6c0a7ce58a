import { Redis } from "ioredis";
import { after, Backoff, Channel, recv, select, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { nodeOptions } from "../redis-link.ts";
import type { RedisSettings } from "../settings.ts";
import type { RoomChannel } from "./room-channel.ts";

export interface ShardEvents {
  message(channel: string, text: string): void;
  /** The server says that slots have moved: some channel belongs elsewhere now. */
  moved(): void;
  /** A connection that was up broke. */
  lost(): void;
}

/** How often the node is asked whether it is there, ms: nothing else would show a half-open connection. */
const PING_EVERY_MS = 2_000;
/** Subscriptions that are sent before their answers are waited for. */
const SUBSCRIBE_AT_ONCE = 512;
const BACKOFF = { base: 50, max: 1_000 } as const;

/**
 * The connection to one node that channels of sharded pub/sub come from.
 *
 * The library's own sharded subscribers are not used: they pass over a subscription that failed, and tell nobody when
 * one stands again, which is when a gateway has to look into the window.
 *
 * Shape      one task, `run`; `want` and `release` only say what is to be, and wake it.
 * Bounds     as many subscriptions as channels are wanted.
 */
export class ShardConnection {
  readonly node: string;
  private readonly settings: RedisSettings;
  private readonly events: ShardEvents;
  private readonly wanted = new Set<RoomChannel>();
  private readonly unwanted = new Set<RoomChannel>();
  private readonly wake = new Channel<undefined>(1, { name: "shard subscriptions" });
  private client: Redis | undefined = undefined;
  /** Channels may have been taken away that still belong here: all are subscribed to anew with the next ping. */
  private isSuspect = false;

  constructor(node: string, settings: RedisSettings, events: ShardEvents) {
    this.node = node;
    this.settings = settings;
    this.events = events;
  }

  get isUp(): boolean {
    return this.client?.status === "ready";
  }

  get size(): number {
    return this.wanted.size;
  }

  want(channel: RoomChannel): void {
    this.wanted.add(channel);
    this.unwanted.delete(channel);
    this.look();
  }

  release(channel: RoomChannel): void {
    if (!this.wanted.delete(channel)) return;
    this.displace(channel);
    this.unwanted.add(channel);
    this.look();
  }

  /** Keeps connected and subscribed until cancelled. */
  async run(ctx: Context): Promise<void> {
    let backoff = new Backoff(BACKOFF);
    for (;;) {
      const client = this.connectionTo();
      try {
        await unlessCancelled(client.connect(), ctx);
        this.client = client;
        backoff = new Backoff(BACKOFF);
        await this.serve(client, ctx);
      } catch {
        ctx.throwIfCancelled();
        // Whatever it was: the node is tried again, and channels that have moved are taken away meanwhile.
      } finally {
        this.drop(client);
      }
      await sleep(backoff.next(), ctx);
    }
  }

  private look(): void {
    this.wake.trySend(undefined);
  }

  /** The server took channels away, or refused one; which the library does not say. */
  private noteMoved(): void {
    this.isSuspect = true;
    this.events.moved();
  }

  private displace(channel: RoomChannel): void {
    if (channel.source === this) channel.displace();
  }

  private connectionTo(): Redis {
    const at = this.node.lastIndexOf(":");
    const client = new Redis({
      ...nodeOptions(this.settings),
      host: this.node.slice(0, at),
      port: Number(this.node.slice(at + 1)),
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResubscribe: false,
      retryStrategy: null,
    });
    // Each failure ends the connection, and that is what is looked at.
    client.on("error", () => undefined);
    client.on("end", () => this.look());
    client.on("moved", () => this.noteMoved());
    client.on("smessage", (channel: string, text: string) => this.events.message(channel, text));
    return client;
  }

  private drop(client: Redis): void {
    if (this.client === client) this.events.lost();
    this.client = undefined;
    client.disconnect();
    client.removeAllListeners("smessage");
    this.unwanted.clear();
    for (const channel of this.wanted) this.displace(channel);
  }

  private async serve(client: Redis, ctx: Context): Promise<void> {
    const { clock } = ctx;
    let due = clock.now() + PING_EVERY_MS;
    while (client.status === "ready") {
      await unlessCancelled(this.subscribeMissing(client), ctx);
      await select({ woken: recv(this.wake), due: after(Math.max(0, due - clock.now())) }, ctx);
      // Whoever is woken more often than that, as by each look at the topology, asks nonetheless.
      if (clock.now() < due) continue;
      this.checkUp(client);
      due = clock.now() + PING_EVERY_MS;
    }
  }

  private checkUp(client: Redis): void {
    if (this.isSuspect) for (const channel of this.wanted) this.displace(channel);
    this.isSuspect = false;
    // Not waited for: a node that does not answer is cut off by the connection's own timeout.
    client.ping().catch(() => client.disconnect());
  }

  private async subscribeMissing(client: Redis): Promise<void> {
    for (const { name } of this.unwanted) client.sunsubscribe(name).catch(() => client.disconnect());
    this.unwanted.clear();
    const missing = [...this.wanted].filter(({ source }) => source !== this);
    for (let i = 0; i < missing.length; i += SUBSCRIBE_AT_ONCE) {
      await Promise.all(missing.slice(i, i + SUBSCRIBE_AT_ONCE).map((one) => this.subscribe(client, one)));
    }
  }

  private async subscribe(client: Redis, channel: RoomChannel): Promise<void> {
    try {
      await client.ssubscribe(channel.name);
    } catch {
      // MOVED: the topology is read again, and the channel goes where it belongs. Otherwise the connection is broken.
      return;
    }
    if (client.status === "ready" && this.wanted.has(channel)) channel.place(this);
  }
}
