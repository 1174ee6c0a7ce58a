import { Consumer } from "@platformatic/kafka";
import { unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { cutOff } from "./kafka-link.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { topicOf } from "./settings.ts";
import type { KafkaSettings } from "./settings.ts";

export interface GroupConsumerOptions {
  readonly group: string;
  readonly instanceId: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** The group's coordinator answers a join when all have joined; it gets this much more before it counts as gone, ms. */
export const JOIN_MARGIN_MS = 2_000;

/** The client's part of a membership: it joins when it is told to. `revoked` is asked before every join. */
export function groupConsumer(
  { clientId, brokers, tls, sasl, requestTimeoutMs }: KafkaSettings,
  { group, instanceId, sessionTimeoutMs, heartbeatMs }: GroupConsumerOptions,
  revoked: () => Promise<Buffer>,
): Consumer {
  return new Consumer({
    clientId,
    bootstrapBrokers: [...brokers],
    groupId: group,
    groupInstanceId: instanceId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: sessionTimeoutMs,
    protocols: [{ name: "cooperative-sticky", version: 3 }],
    protocolsMetadata: revoked,
    autocommit: false,
    connectTimeout: requestTimeoutMs,
    requestTimeout: sessionTimeoutMs + JOIN_MARGIN_MS,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

/**
 * Goes the way to the group's coordinator that a member goes before it joins, and no further: the group is told nothing.
 * Its connections end with it, for nobody would notice what became of them until a member joins.
 */
export async function findWay(
  link: KafkaLink,
  settings: KafkaSettings,
  options: GroupConsumerOptions,
  ctx: Context,
): Promise<void> {
  const topic = topicOf(settings.topic, settings.epoch);
  const consumer = groupConsumer(settings, options, () => Promise.resolve(Buffer.alloc(0)));
  // What fails says so itself.
  consumer.on("error", () => undefined);
  const go = async (): Promise<void> => {
    const coordinator = await consumer.findGroupCoordinator();
    await consumer.metadata({ topics: [topic] });
    await consumer.connectToBrokers([coordinator]);
  };
  try {
    await link.calls.ofCluster({ operation: "a rehearsal", kind: "group" }, go, ctx);
  } finally {
    await closeConsumer(consumer, ctx);
  }
}

/**
 * Closes it when `ctx` is cancelled at the latest: a coordinator that is gone, or holds its answer back, is not waited
 * for. The group notices by itself that the member is gone, too.
 */
export async function closeConsumer(consumer: Consumer, ctx: Context): Promise<void> {
  try {
    await unlessCancelled(consumer.close(true), ctx);
  } catch {
    await cutOff(consumer.connections);
  }
}
