import { Admin, apiVersionsV3, ConnectionPool } from "@platformatic/kafka";
import type { Broker, Connection } from "@platformatic/kafka";
import { background, Scope, Ticker, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import { reasonOf } from "./failure.ts";
import { KafkaCalls } from "./kafka-calls.ts";
import type { KafkaSettings } from "./settings.ts";

/** Brokers that are asked, one after the other, before a question counts as not answered. */
const ATTEMPTS = 3;
const PAUSE_MS = 50;
/** How often who is left alone is asked whether it is there again, ms; nobody else is asked. */
const PROBE_EVERY_MS = 500;

/** Where a topic's partitions are led at the moment. */
export interface TopicView {
  /** Changes when the topic is deleted and made again. */
  readonly id: string;
  /** By partition; undefined while one has no leader. */
  readonly leaders: readonly (Broker | undefined)[];
  readonly replicas: readonly (readonly number[])[];
}

/**
 * The way to one Kafka cluster: who leads what, connections, rare questions by `admin`, and the bounds of every call.
 *
 * Shape      a broker answers the requests of one connection one after the other. So those who wait long for an answer
 *            (followers) have a pool of their own, and hold up nobody.
 * Errors     KAFKA_UNREACHABLE when no broker answers.
 */
export class KafkaLink {
  private readonly settings: KafkaSettings;
  private readonly admin: Admin;
  /** Asks who leads what, and nothing else: its questions are not behind others, and are given up sooner. */
  private readonly scout: Admin;
  private readonly scope: Scope;
  readonly calls: KafkaCalls;

  /** `ctx` gives the clock; what is opened lives until `close`. */
  constructor(settings: KafkaSettings, ctx: Context = background) {
    this.settings = settings;
    this.admin = this.asking(settings.requestTimeoutMs);
    this.scout = this.asking(settings.metadataTimeoutMs);
    this.calls = new KafkaCalls(settings);
    this.scope = new Scope(ctx.detached(), { name: "kafka link", onError: "report" });
    this.scope.spawn((own) => this.watch(own), { name: "kafka brokers" });
  }

  /** Connections of one kind of work; its owner closes it. */
  pool(): ConnectionPool {
    return new ConnectionPool(this.settings.clientId, this.connectionOptions(this.settings.requestTimeoutMs));
  }

  /** Asks anew which broker leads each partition of a topic that is there. */
  async view(topic: string, ctx: Context): Promise<TopicView> {
    const found = await this.metadata([topic], ctx);
    const view = found.topics.get(topic);
    if (view === undefined) throw this.unreachable(new Error(`no metadata of ${topic}`));
    return {
      id: view.id,
      leaders: view.partitions.map(({ leader }) => found.brokers.get(leader)),
      replicas: view.partitions.map(({ replicas }) => replicas),
    };
  }

  /** How many brokers take part at the moment. */
  async liveBrokers(ctx: Context): Promise<number> {
    return (await this.metadata([], ctx)).brokers.size;
  }

  topics(ctx: Context): Promise<readonly string[]> {
    return this.ask("the list of topics", (admin) => admin.listTopics(), ctx);
  }

  /** One question to whichever broker answers it. */
  ask<T>(operation: string, question: (admin: Admin) => Promise<T>, ctx: Context): Promise<T> {
    const timeoutMs = this.askedForMs(this.settings.requestTimeoutMs);
    const options = { operation, kind: "question", timeoutMs } as const;
    return this.answer(
      this.calls.ofCluster(options, () => question(this.admin), ctx),
      ctx,
    );
  }

  async close(): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
    await this.admin.close();
    await this.scout.close();
  }

  /** Who leads what is what finds out that Kafka is there: no circuit holds it up. */
  private async metadata(topics: readonly string[], ctx: Context) {
    const timeoutMs = this.askedForMs(this.settings.metadataTimeoutMs);
    const options = { operation: "the leaders", kind: "leaders", timeoutMs, probes: true } as const;
    const send = () => this.scout.metadata({ topics: [...topics], forceUpdate: true });
    const found = await this.answer(this.calls.ofCluster(options, send, ctx), ctx);
    this.calls.seen(found.brokers.values());
    return found;
  }

  /** Asks those whose circuit is open, who would else be left alone for a minute after they came back. */
  private async watch(ctx: Context): Promise<void> {
    using ticker = new Ticker(PROBE_EVERY_MS, ctx);
    for await (const _ of ticker) {
      const { brokers, cluster } = this.calls.leftAlone;
      if (!cluster && brokers.length === 0) continue;
      // Its answer tells of the cluster, and of brokers that are gone for good.
      const asked = [this.metadata([], ctx), ...brokers.map((broker) => this.probe(broker, ctx))];
      await Promise.allSettled(asked);
      ctx.throwIfCancelled();
    }
  }

  /** A connection alone says nothing: the system takes it for a process that stands still. */
  private async probe(broker: Broker, ctx: Context): Promise<void> {
    const { clientId, metadataTimeoutMs } = this.settings;
    const pool = new ConnectionPool(clientId, this.connectionOptions(metadataTimeoutMs));
    const options = {
      operation: "a probe",
      kind: "probe",
      timeoutMs: metadataTimeoutMs,
      probes: true,
    } as const;
    const send = async (own: Context): Promise<void> => {
      const connection = await connectTo(pool, broker, own);
      await apiVersionsV3.api.async(connection, clientId, "1");
    };
    try {
      await this.calls.ofBroker(broker, options, send, ctx);
    } finally {
      await cutOff(pool);
    }
  }

  /** As long as `ATTEMPTS` brokers may stay silent, one after the other. */
  private askedForMs(eachMs: number): number {
    return ATTEMPTS * (eachMs + PAUSE_MS);
  }

  private async answer<T>(asked: Promise<T>, ctx: Context): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      ctx.throwIfCancelled();
      throw this.unreachable(error);
    }
  }

  private asking(requestTimeoutMs: number): Admin {
    return new Admin({
      ...this.connectionOptions(requestTimeoutMs),
      clientId: this.settings.clientId,
      bootstrapBrokers: [...this.settings.brokers],
      retries: ATTEMPTS - 1,
      retryDelay: PAUSE_MS,
      autocreateTopics: false,
    });
  }

  private unreachable(error: unknown): Error {
    const brokers = this.settings.brokers.join(", ");
    return clusterError("KAFKA_UNREACHABLE", { brokers, reason: reasonOf(error) }, error);
  }

  private connectionOptions(requestTimeout: number) {
    const { tls, sasl, requestTimeoutMs } = this.settings;
    return {
      connectTimeout: requestTimeoutMs,
      requestTimeout,
      maxInflights: 1,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    };
  }
}

/** A connection to `broker`, or KAFKA_UNREACHABLE's cause. */
export const connectTo = (pool: ConnectionPool, broker: Broker, ctx: Context): Promise<Connection> =>
  unlessCancelled(pool.get(broker), ctx);

/** Closes every connection of a pool now, waiting for nothing of the other side. */
export async function cutOff(pool: ConnectionPool): Promise<void> {
  const connections = [...pool];
  const closed = pool.close();
  for (const [, { socket }] of connections) socket.destroy();
  await closed.catch(() => undefined);
}
