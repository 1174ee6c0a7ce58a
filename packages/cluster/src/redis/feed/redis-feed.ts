import type { Batch, Feed, FeedHandler, FeedSubscription } from "@barrage/engine";
import { Scope, Ticker, unlessCancelled } from "@barrage/kernel";
import type { Context, Task } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { clusterError, isClusterError } from "../../errors.ts";
import { decodeBatch, encodeBatch } from "../batch-json.ts";
import type { RedisLink } from "../redis-link.ts";
import { RoomChannel } from "./room-channel.ts";
import type { Listening } from "./room-channel.ts";
import { ShardConnection } from "./shard-connection.ts";

export interface RedisFeedOptions {
  /** How long a room's channel is kept after its last viewer has gone, ms: viewers who reload find it as it was. */
  readonly lingerMs: number;
  /** How long a viewer waits for a room's channel before being told to come back, ms. */
  readonly enterMs: number;
}

export const FEED_DEFAULTS: RedisFeedOptions = { lingerMs: 10_000, enterMs: 2_000 };

export interface FeedHealth {
  /** Channels that are kept, and those of them that messages come from. */
  readonly channels: number;
  readonly placed: number;
  /** Nodes that channels come from, and those that are connected. */
  readonly nodes: number;
  readonly connected: number;
  /** Connections that broke since the start. */
  readonly lost: number;
  /** Messages that were none of ours. */
  readonly invalid: number;
}

/** What the feed needs of the connections for commands. */
export type FeedLink = Pick<RedisLink, "settings" | "key" | "nodeOf" | "command" | "onTopology" | "refresh">;

/** A room from when it is entered until it is left, and the calls of `enter` that have not failed. */
interface Stay {
  calls: number;
}

interface Shard {
  readonly connection: ShardConnection;
  readonly task: Task<void>;
}

/** How often channels that nobody listens to are looked for, ms. */
const SWEEP_MS = 1_000;

/**
 * The feed over sharded pub/sub: a room's batches go through the node that holds its window, and only gateways with
 * viewers of the room get them.
 *
 * Shape      one connection per node that has a channel of ours, each with a task of its own.
 * Bounds     a channel per room entered, and for `lingerMs` after it was left.
 * Errors     of `publish` those of `RedisLink`; of `enter` BARRAGE_UNAVAILABLE.
 */
export class RedisFeed implements Feed, AsyncDisposable {
  private readonly link: FeedLink;
  private readonly options: RedisFeedOptions;
  private readonly scope: Scope;
  private readonly channels = new Map<string, RoomChannel>();
  private readonly shards = new Map<string, Shard>();
  private lost = 0;
  private invalid = 0;

  constructor(link: FeedLink, options: RedisFeedOptions, ctx: Context) {
    this.link = link;
    this.options = options;
    this.scope = new Scope(ctx, { name: "redis feed", onError: "report" });
    this.scope.use(link.onTopology(() => this.route()));
    this.scope.spawn((own) => this.sweep(own), { name: "feed linger" });
  }

  async publish(batch: Batch, ctx: Context): Promise<void> {
    const key = this.link.key("feed", batch.room);
    const text = encodeBatch(batch);
    // Repeated it arrives twice, and is dropped by its seq.
    await this.link.command(
      { name: "publish", key, repeatable: true },
      (client) => client.spublish(key, text),
      ctx,
    );
  }

  subscribe(handler: FeedHandler): FeedSubscription {
    const listening: Listening = { handler };
    const rooms = new Map<string, Stay>();
    const leave = (room: string): void => {
      if (rooms.delete(room)) this.leave(room, listening);
    };
    return {
      enter: async (room, ctx) => {
        const stay = rooms.get(room) ?? { calls: 0 };
        rooms.set(room, stay);
        stay.calls += 1;
        try {
          await this.enter(room, listening, ctx);
        } catch (error) {
          stay.calls -= 1;
          // It takes the room from nobody else, nor from who entered it after it was left.
          if (stay.calls === 0 && rooms.get(room) === stay) leave(room);
          throw error;
        }
      },
      leave,
      [Symbol.dispose]: () => {
        for (const room of rooms.keys()) leave(room);
      },
    };
  }

  get health(): FeedHealth {
    const shards = [...this.shards.values()];
    let placed = 0;
    for (const { source } of this.channels.values()) if (source !== undefined) placed += 1;
    return {
      channels: this.channels.size,
      placed,
      nodes: shards.length,
      connected: shards.filter(({ connection }) => connection.isUp).length,
      lost: this.lost,
      invalid: this.invalid,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }

  private async enter(room: string, listening: Listening, ctx: Context): Promise<void> {
    const name = this.link.key("feed", room);
    let channel = this.channels.get(name);
    if (channel === undefined) {
      channel = new RoomChannel(room, name);
      this.channels.set(name, channel);
    }
    channel.listeners.add(listening);
    channel.idleSince = undefined;
    this.routeOne(channel);
    if (channel.source !== undefined) return;
    const { enterMs: timeoutMs } = this.options;
    using patience = ctx.cancellable({ timeout: timeoutMs, name: "enter room" });
    try {
      await unlessCancelled(channel.placed, patience);
    } catch (error) {
      ctx.throwIfCancelled();
      const node = this.link.nodeOf(name) ?? "unknown";
      const fields = { service: "Redis", operation: "enter", node, timeoutMs };
      throw protocolError("BARRAGE_UNAVAILABLE", {}, clusterError("CLUSTER_TIMEOUT", fields, error));
    }
  }

  private leave(room: string, listening: Listening): void {
    const channel = this.channels.get(this.link.key("feed", room));
    channel?.listeners.delete(listening);
    if (channel?.listeners.size === 0) channel.idleSince = this.now();
  }

  /** Every channel to the node that serves it now. */
  private route(): void {
    for (const channel of this.channels.values()) this.routeOne(channel);
    for (const [node, { connection, task }] of this.shards) {
      if (connection.size > 0) continue;
      this.shards.delete(node);
      task.cancel();
    }
  }

  private routeOne(channel: RoomChannel): void {
    if (this.scope.closed) return;
    const node = this.link.nodeOf(channel.name);
    if (node === undefined) return;
    this.shardOf(node).want(channel);
    for (const [other, { connection }] of this.shards) if (other !== node) connection.release(channel);
  }

  private shardOf(node: string): ShardConnection {
    let shard = this.shards.get(node);
    if (shard === undefined) {
      const connection = new ShardConnection(node, this.link.settings, {
        message: (channel, text) => this.accept(channel, text),
        moved: () => this.link.refresh(),
        lost: () => (this.lost += 1),
      });
      const task = this.scope.spawn((own) => connection.run(own), { name: `feed of ${node}` });
      shard = { connection, task };
      this.shards.set(node, shard);
    }
    return shard.connection;
  }

  private accept(name: string, text: string): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    try {
      channel.accept(decodeBatch(channel.room, text));
    } catch (error) {
      if (!isClusterError(error)) throw error;
      this.invalid += 1;
    }
  }

  private async sweep(ctx: Context): Promise<void> {
    using ticker = new Ticker(SWEEP_MS, ctx);
    for await (const _ of ticker) {
      const before = this.now() - this.options.lingerMs;
      for (const [name, channel] of this.channels) {
        if (channel.idleSince === undefined || channel.idleSince > before) continue;
        this.channels.delete(name);
        for (const { connection } of this.shards.values()) connection.release(channel);
      }
      this.route();
    }
  }

  private now(): number {
    return this.scope.context.clock.now();
  }
}
