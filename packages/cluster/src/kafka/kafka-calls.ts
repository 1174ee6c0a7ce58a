import type { Broker } from "@platformatic/kafka";
import type { Context } from "@barrage/kernel";
import { OutsideCalls } from "../resilience/outside-calls.ts";
import type { NodeHealth, OutsideTotals } from "../resilience/outside-calls.ts";
import { answerIn, codeOf } from "./failure.ts";
import type { KafkaSettings } from "./settings.ts";

/**
 * The cluster as a node of its own: whichever broker the client finds answers, so what fails is the cluster. That is the
 * case of questions by `admin`, and of membership in a group.
 */
export const ANY_BROKER = "any broker";

/** Calls of one kind under way to one broker, and those that wait for one of them: bounds of a runaway, not of a load. */
const LEAST_CALLS = 64;
const MAX_WAITING = 1_024;
/** Follower, router and archiver of each partition may each wait for the same broker, and as many again be on their way out. */
const CALLS_PER_PARTITION = 4;
/** Our deadline is this much behind the client's own, which says more of what failed, ms. */
const MARGIN_MS = 500;

export interface KafkaCallOptions {
  readonly operation: string;
  readonly kind: KafkaCallKind;
  /** Longest that it may take, ms; absent: as long as a broker may stay silent. */
  readonly timeoutMs?: number;
  readonly probes?: boolean;
}

/** Each has places of its own at a broker: readers never stand before appends. */
export type KafkaCallKind = "append" | "read" | "follow" | "question" | "leaders" | "group" | "probe";

export interface KafkaCallHealth {
  readonly nodes: readonly NodeHealth[];
  readonly totals: OutsideTotals;
}

export const nameOfBroker = ({ host, port }: Pick<Broker, "host" | "port">): string => `${host}:${port}`;

/** Is this Kafka's failure, rather than its answer? A broker that says no is there. */
const isKafkaOutage = (error: unknown): boolean =>
  codeOf(error) === undefined && answerIn(error) === undefined;

/**
 * Every call that leaves the process for Kafka: deadline, bulkhead per broker and kind of call, circuit per broker. None
 * is tried again here: an append goes to whoever leads by then, a follower and a question go on from their own loops.
 *
 * Shape      shared by all of one log; `KafkaLink` asks the brokers whose circuit is open whether they are there.
 * Errors     those of `OutsideCalls`; what a broker answers is thrown as the client throws it.
 */
export class KafkaCalls {
  private readonly calls: OutsideCalls;
  private readonly brokers = new Map<string, Broker>();

  constructor({ requestTimeoutMs, partitions }: Pick<KafkaSettings, "requestTimeoutMs" | "partitions">) {
    const settings = {
      timeoutMs: requestTimeoutMs + MARGIN_MS,
      maxCalls: Math.max(LEAST_CALLS, CALLS_PER_PARTITION * partitions),
      maxWaiting: MAX_WAITING,
      attempts: 1,
      backoffMs: 0,
    };
    this.calls = new OutsideCalls("Kafka", settings, isKafkaOutage);
  }

  /** One call of one broker. */
  ofBroker<T>(
    broker: Broker,
    options: KafkaCallOptions,
    send: (ctx: Context) => Promise<T>,
    ctx: Context,
  ): Promise<T> {
    const name = nameOfBroker(broker);
    this.brokers.set(name, broker);
    return this.calls.call({ ...options, node: () => name, repeatable: false }, send, ctx);
  }

  /** One call that the client takes to a broker of its choice. */
  ofCluster<T>(options: KafkaCallOptions, send: (ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    return this.calls.call({ ...options, node: () => ANY_BROKER, repeatable: false }, send, ctx);
  }

  get health(): KafkaCallHealth {
    return { nodes: this.calls.health(), totals: this.calls.totals };
  }

  /** Brokers that are left alone at the moment, and whether the cluster is. */
  get leftAlone(): { readonly brokers: readonly Broker[]; readonly cluster: boolean } {
    const open = this.calls.health().filter(({ circuit }) => circuit === "open");
    const brokers = open.flatMap(({ node }) => this.brokers.get(node) ?? []);
    return { brokers, cluster: open.some(({ node }) => node === ANY_BROKER) };
  }

  /** These take part in the cluster; what was known of others is forgotten. */
  seen(brokers: Iterable<Broker>): void {
    const names = new Set([...brokers].map(nameOfBroker));
    for (const name of this.brokers.keys()) {
      if (names.has(name)) continue;
      this.brokers.delete(name);
      this.calls.forget(name);
    }
  }
}
