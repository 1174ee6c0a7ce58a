import { Admin, ConnectionPool } from "@platformatic/kafka";
import type { Broker, Connection } from "@platformatic/kafka";
import { unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import { reasonOf } from "./failure.ts";
import type { KafkaSettings } from "./settings.ts";

/** Brokers that are asked, one after the other, before a question counts as not answered. */
const ATTEMPTS = 3;
const PAUSE_MS = 50;

/** Where a topic's partitions are led at the moment. */
export interface TopicView {
  /** Changes when the topic is deleted and made again. */
  readonly id: string;
  /** By partition; undefined while one has no leader. */
  readonly leaders: readonly (Broker | undefined)[];
  readonly replicas: readonly (readonly number[])[];
}

export const nameOfBroker = ({ host, port }: Broker): string => `${host}:${port}`;

/**
 * The way to one Kafka cluster: who leads what, connections, and rare questions by `admin`.
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

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    this.admin = this.asking(settings.requestTimeoutMs);
    this.scout = this.asking(settings.metadataTimeoutMs);
  }

  /** Connections of one kind of work; its owner closes it. */
  pool(): ConnectionPool {
    return new ConnectionPool(this.settings.clientId, this.connectionOptions(this.settings.requestTimeoutMs));
  }

  /** Asks anew which broker leads each partition of a topic that is there. */
  async view(topic: string, ctx: Context): Promise<TopicView> {
    const asked = this.scout.metadata({ topics: [topic], forceUpdate: true });
    const found = await this.answer(asked, ctx);
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
    const asked = this.scout.metadata({ topics: [], forceUpdate: true });
    return (await this.answer(asked, ctx)).brokers.size;
  }

  topics(ctx: Context): Promise<readonly string[]> {
    return this.ask((admin) => admin.listTopics(), ctx);
  }

  /** One question to whichever broker answers it. */
  ask<T>(question: (admin: Admin) => Promise<T>, ctx: Context): Promise<T> {
    return this.answer(question(this.admin), ctx);
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.scout.close();
  }

  private async answer<T>(asked: Promise<T>, ctx: Context): Promise<T> {
    try {
      return await unlessCancelled(asked, ctx);
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
