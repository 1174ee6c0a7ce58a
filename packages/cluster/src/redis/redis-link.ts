import { Cluster } from "ioredis";
import type { Redis, RedisOptions } from "ioredis";
import { Scope, Ticker, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError, isClusterError } from "../errors.ts";
import { OutsideCalls } from "../resilience/outside-calls.ts";
import type { NodeHealth, OutsideTotals } from "../resilience/outside-calls.ts";
import { isNoScript, isRedisOutage, redisFailure } from "./redis-failure.ts";
import type { Script } from "./script.ts";
import type { RedisSettings } from "./settings.ts";
import { knows, rangesOf } from "./slot-ranges.ts";
import { slotOf } from "./slot.ts";

export type Argument = string | number | Buffer;

export interface RedisHealth {
  /** Connections by their state, of all nodes. */
  readonly connections: { readonly ready: number; readonly other: number };
  /** Connections that broke since the start. */
  readonly lost: number;
  readonly nodes: readonly NodeHealth[];
  readonly totals: OutsideTotals;
}

/** Sharded pub/sub came with it. */
const OLDEST_MAJOR = 7;
/** How soon a slot that has moved is known without a command that hits it, ms: a failover takes 2 s and more. */
const TOPOLOGY_EVERY_MS = 1_000;
/** Looks after which the slots are read anew though nothing seems to have moved. */
const READ_ANYWAY_EVERY = 30;
/** How often each node is asked whether it is there, ms. */
const PROBE_EVERY_MS = 1_000;
/** Silence of a node after which slots are likely to move, ms: one look that found no answer. */
const SILENT_AFTER_MS = 1_500;
/** Silence after which a node is said to be away, ms: longer than a failover takes, which is nobody's business but the calls'. */
const AWAY_AFTER_MS = 3_000;
/** Wait before the cluster is looked for again after all nodes were lost, ms. */
const RECONNECT_MAX_MS = 1_000;
/** Silence after a command at which a connection is given up, in timeouts of a call. */
const TIMEOUTS_TO_GIVE_UP = 2;

/** What every connection to a node has in common, the feed's too. */
export function nodeOptions({
  username,
  password,
  tls,
  calls,
}: RedisSettings): Pick<RedisOptions, "username" | "password" | "tls" | "connectTimeout" | "socketTimeout"> {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === true ? { tls: {} } : {}),
    connectTimeout: calls.timeoutMs,
    // A node that hangs keeps its connections open: they are given up, so what was sent does not pile up here.
    socketTimeout: calls.timeoutMs * TIMEOUTS_TO_GIVE_UP,
  };
}

/**
 * The connections to a Redis Cluster, for commands.
 *
 * Shape      a fixed number of connections per node; all commands of one key go over the same one, so in order.
 * Bounds     those of `OutsideCalls`; nothing waits for a connection that is down.
 * Errors     REDIS_CLOSED, REDIS_REFUSED; BARRAGE_UNAVAILABLE with that of `OutsideCalls` as its cause (RD-74).
 */
export class RedisLink {
  readonly settings: RedisSettings;
  private readonly clients: readonly Cluster[];
  private readonly calls: OutsideCalls;
  private readonly scope: Scope;
  /** Moments, `clock.now()`, at which each node that serves slots last answered a probe. */
  private readonly heard = new Map<string, number>();
  private lost = 0;
  private closing: Promise<void> | undefined = undefined;

  private constructor(settings: RedisSettings, clients: readonly Cluster[], ctx: Context) {
    this.scope = new Scope(ctx.detached(), { name: "redis link", onError: "report" });
    this.settings = settings;
    this.clients = clients;
    this.calls = new OutsideCalls("Redis", settings.calls, isRedisOutage);
    for (const client of clients) {
      client.on("-node", () => (this.lost += 1));
      // Said by the call that it fails, or by the next one.
      client.on("node error", () => undefined);
      client.on("error", () => undefined);
    }
  }

  /**
   * Connects to every master and loads the scripts there, so that the first viewer waits for neither. `ctx` bounds the
   * opening and gives the clock; what is opened lives until `close`.
   *
   * Errors     REDIS_UNREACHABLE, REDIS_TOO_OLD; nothing is left open then.
   */
  static async open(settings: RedisSettings, scripts: readonly Script[], ctx: Context): Promise<RedisLink> {
    const clients = Array.from({ length: settings.connections }, () => newClient(settings));
    const link = new RedisLink(settings, clients, ctx);
    try {
      for (const client of clients) await unlessCancelled(client.connect(), ctx);
      await unlessCancelled(link.warm(scripts), ctx);
      link.scope.spawn((own) => link.watchTopology(own), { name: "redis topology" });
      link.scope.spawn((own) => link.watchNodes(own), { name: "redis nodes" });
      return link;
    } catch (error) {
      await link.close();
      ctx.throwIfCancelled();
      throw link.openFailure(error);
    }
  }

  /** The key under this link's prefix; everything of one `tag` lies on one node. */
  key(kind: string, tag: string, rest = ""): string {
    return `${this.settings.prefix}${kind}:{${tag}}${rest}`;
  }

  /** The node, `host:port`, that serves the key; undefined while the cluster is not known. */
  nodeOf(key: string): string | undefined {
    return this.clients[0]?.slots[slotOf(key)]?.[0];
  }

  /** `repeatable`: run twice it does no harm. */
  async run(
    { name, lua, sha }: Script,
    keys: readonly [string, ...string[]],
    args: readonly Argument[],
    { ctx, repeatable }: { readonly ctx: Context; readonly repeatable: boolean },
  ): Promise<unknown> {
    const send = async (client: Cluster): Promise<unknown> => {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!isNoScript(error)) throw error;
        return client.eval(lua, keys.length, ...keys, ...args);
      }
    };
    return this.command({ name, key: keys[0], repeatable }, send, ctx);
  }

  /** Any command of one key. */
  async command<T>(
    { name, key, repeatable }: { readonly name: string; readonly key: string; readonly repeatable: boolean },
    send: (client: Cluster) => Promise<T>,
    ctx: Context,
  ): Promise<T> {
    if (this.closing !== undefined) throw clusterError("REDIS_CLOSED");
    const client = this.clients[slotOf(key) % this.clients.length];
    if (client === undefined) throw clusterError("REDIS_CLOSED");
    const node = (): string => this.nodeOf(key) ?? "unknown";
    try {
      return await this.calls.call({ operation: name, node, repeatable }, () => send(client), ctx);
    } catch (error) {
      throw redisFailure(name, key, error);
    }
  }

  /** Calls `listener` whenever the cluster's slots were read anew, until disposed. */
  onTopology(listener: () => void): Disposable {
    const [client] = this.clients;
    client?.on("refresh", listener);
    return { [Symbol.dispose]: () => void client?.off("refresh", listener) };
  }

  /** Reads the cluster's slots anew, soon; then `onTopology` tells. */
  refresh(): void {
    for (const client of this.clients) client.refreshSlotsCache();
  }

  get health(): RedisHealth {
    const all = this.clients.flatMap((client) => client.nodes("all"));
    const ready = all.filter(({ status }) => status === "ready").length;
    const connections = { ready, other: all.length - ready };
    return { connections, lost: this.lost, nodes: this.calls.health(), totals: this.calls.totals };
  }

  /** Nodes that serve slots and do not answer, or failed too often lately. Undefined while no node is known. */
  nodesAway(): readonly string[] | undefined {
    const serving = this.serving();
    if (serving.size === 0) return undefined;
    const circuits = new Map(this.calls.health().map(({ node, circuit }) => [node, circuit]));
    const since = this.scope.context.clock.now() - AWAY_AFTER_MS;
    const isAway = (node: string): boolean =>
      (this.heard.get(node) ?? since) < since || circuits.get(node) === "open";
    return [...serving].filter(isAway).toSorted();
  }

  /** Ends every connection; calls under way fail. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
    await Promise.all(this.clients.map(ended));
  }

  private async watchTopology(ctx: Context): Promise<void> {
    using ticker = new Ticker(TOPOLOGY_EVERY_MS, ctx);
    for (let looks = 1; ; looks += 1) {
      await ticker.next();
      if (looks % READ_ANYWAY_EVERY === 0 || this.isSilent() || !(await this.knowsSlots(looks, ctx)))
        this.refresh();
    }
  }

  /** Does a node that serves slots not answer? Then they may move at any moment. */
  private isSilent(): boolean {
    const since = this.scope.context.clock.now() - SILENT_AFTER_MS;
    return [...this.heard.values()].some((at) => at < since);
  }

  /**
   * Is what a node says of the slots, a different one each time, what every client has? No, where it does not answer.
   *
   * Cost       one small answer; to read them anew costs a connection, and 16,384 entries, of each client.
   */
  private async knowsSlots(turn: number, ctx: Context): Promise<boolean> {
    const nodes = this.clients[0]?.nodes("all").filter(({ status }) => status === "ready") ?? [];
    const node = nodes[turn % Math.max(1, nodes.length)];
    if (node === undefined) return false;
    // The next look is not held up by a node that says nothing.
    const timeout = Math.min(this.settings.calls.timeoutMs, TOPOLOGY_EVERY_MS);
    using patience = ctx.cancellable({ timeout, name: "slots" });
    try {
      const ranges = rangesOf(await unlessCancelled(node.cluster("SLOTS"), patience));
      return ranges.length > 0 && this.clients.every((client) => knows(client, ranges));
    } catch {
      ctx.throwIfCancelled();
      return false;
    }
  }

  private async watchNodes(ctx: Context): Promise<void> {
    using ticker = new Ticker(PROBE_EVERY_MS, ctx);
    for await (const _ of ticker) {
      const serving = this.serving();
      this.forgetOthers(serving);
      await Promise.all([...serving].map((node) => this.probe(node, ctx)));
    }
  }

  /** Who serves nothing any more is not asked: its circuit would be told of as open for ever. */
  private forgetOthers(serving: ReadonlySet<string>): void {
    for (const node of this.heard.keys()) if (!serving.has(node)) this.heard.delete(node);
    if (serving.size === 0) return;
    for (const { node, running, waiting } of this.calls.health()) {
      // Its bulkhead holds for as long as there is something in it.
      if (!serving.has(node) && running + waiting === 0) this.calls.forget(node);
    }
  }

  /** Asks a node whether it is there. Not one of the calls: who is idle would otherwise open a circuit by asking. */
  private async probe(node: string, ctx: Context): Promise<void> {
    const { clock } = ctx;
    // One that is new has as long as one that fell silent.
    if (!this.heard.has(node)) this.heard.set(node, clock.now());
    const connections = this.clients[0]?.nodes("all") ?? [];
    const connection = connections.find(({ options: { host, port } }) => `${host}:${port}` === node);
    if (connection === undefined) return;
    using patience = ctx.cancellable({ timeout: this.settings.calls.timeoutMs, name: "probe" });
    try {
      await unlessCancelled(connection.ping(), patience);
      this.heard.set(node, clock.now());
      this.calls.answered(node);
    } catch {
      // Its silence is what is told of.
      ctx.throwIfCancelled();
    }
  }

  private serving(): ReadonlySet<string> {
    const masters = (this.clients[0]?.slots ?? []).map(([master]) => master);
    return new Set(masters.filter((master) => master !== undefined));
  }

  private async warm(scripts: readonly Script[]): Promise<void> {
    const masters = this.clients.flatMap((client) => client.nodes("master"));
    await Promise.all(masters.map((node) => requireVersion(node)));
    await Promise.all(masters.flatMap((node) => scripts.map(({ lua }) => node.script("LOAD", lua))));
  }

  private openFailure(error: unknown): unknown {
    if (isClusterError(error) || !isRedisOutage(error)) return error;
    const nodes = this.settings.nodes.map(({ host, port }) => `${host}:${port}`).join(", ");
    const reason = error instanceof Error ? error.message : String(error);
    return clusterError("REDIS_UNREACHABLE", { nodes, reason }, error);
  }
}

function newClient(settings: RedisSettings): Cluster {
  return new Cluster([...settings.nodes], {
    lazyConnect: true,
    redisOptions: nodeOptions(settings),
    // Waiting and trying again are `OutsideCalls`' business: it knows what may be repeated, and counts.
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // The library's own timer comes back to life when a client is closed while it reads the slots.
    slotsRefreshInterval: 0,
    slotsRefreshTimeout: settings.calls.timeoutMs,
    clusterRetryStrategy: (times) => Math.min(100 * times, RECONNECT_MAX_MS),
  });
}

/** Errors: REDIS_TOO_OLD. */
async function requireVersion(node: Redis): Promise<void> {
  const info = await node.info("server");
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown";
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return;
  const { host = "", port = 0 } = node.options;
  throw clusterError("REDIS_TOO_OLD", { version, node: `${host}:${port}` });
}

function ended(client: Cluster): Promise<void> {
  // Without a connection left there is none whose end would be told.
  const isIdle = client.status === "end" || client.nodes("all").length === 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.once("end", () => resolve());
  if (client.status !== "end") client.disconnect();
  if (isIdle) resolve();
  return promise;
}
