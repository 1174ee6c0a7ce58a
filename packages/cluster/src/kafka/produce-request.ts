import { NumericMap, produceV11 } from "@platformatic/kafka";
import type { Connection, MessageRecord } from "@platformatic/kafka";
import { answerIn } from "./failure.ts";
import type { Batch } from "./partition-buffer.ts";
import type { Compression } from "./settings.ts";

type ProduceResponse = produceV11.ProduceResponse;

const ALL_IN_SYNC = -1;

/** What the broker says of one partition's batch. */
export interface Stored {
  /** Kafka's error code, 0 for none. */
  readonly code: number;
  readonly firstOffset: number;
}

export interface ProduceOptions {
  readonly topic: string;
  readonly compression: Compression;
  /** How long the broker may wait for its replicas, ms. */
  readonly ackTimeoutMs: number;
}

/**
 * Sends the batches of several partitions, all of one producer, to the broker that leads them; resolves when every
 * replica in sync has them (acks = all).
 *
 * Errors     the connection's; what the broker says of a batch is in the answer.
 */
export async function produce(
  connection: Connection,
  batches: readonly Batch[],
  { topic, compression, ackTimeoutMs }: ProduceOptions,
): Promise<ReadonlyMap<number, Stored>> {
  const messages: MessageRecord[] = [];
  const sequences = new NumericMap();
  for (const { partition, records, firstSequence } of batches) {
    sequences.set(`${topic}:${partition}`, firstSequence);
    for (const record of records) messages.push({ ...record, topic, partition });
  }
  const [first] = batches;
  if (first === undefined) return new Map();
  const { id: producerId, epoch: producerEpoch } = first.identity;
  const options = { compression, producerId, producerEpoch, sequences };
  return byPartition(await send(connection, ackTimeoutMs, messages, options));
}

async function send(
  connection: Connection,
  ackTimeoutMs: number,
  messages: MessageRecord[],
  options: Parameters<typeof produceV11.api.async>[4],
): Promise<ProduceResponse> {
  try {
    const answer = await produceV11.api.async(connection, ALL_IN_SYNC, ackTimeoutMs, messages, options);
    if (typeof answer === "boolean") throw new TypeError("a produce request came back without an answer");
    return answer;
  } catch (error) {
    const answer = answerIn(error);
    // Parsed by the client from the answer to this very request.
    if (answer !== undefined) return answer as ProduceResponse;
    throw error;
  }
}

function byPartition({ responses }: ProduceResponse): ReadonlyMap<number, Stored> {
  const stored = new Map<number, Stored>();
  for (const { partitionResponses } of responses) {
    for (const { index, errorCode, baseOffset } of partitionResponses) {
      stored.set(index, { code: errorCode, firstOffset: Number(baseOffset) });
    }
  }
  return stored;
}
