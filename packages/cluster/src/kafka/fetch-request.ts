import { fetchV16, IS_CONTROL } from "@platformatic/kafka";
import type { Connection, RecordsBatch } from "@platformatic/kafka";
import { answerIn, KAFKA_CODE } from "./failure.ts";

type FetchResponse = fetchV16.FetchResponse;

/** One record as it came from the broker. */
export interface FetchedRecord {
  readonly offset: number;
  readonly key: Buffer | null | undefined;
  readonly value: Buffer | null | undefined;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

export interface Fetched {
  /** Kafka's error code, 0 for none. */
  readonly code: number;
  readonly records: readonly FetchedRecord[];
  /** Where to go on: past everything that came, also past what is no record. */
  readonly next: number;
  /** One past the last record that every replica in sync has; later ones are not given out. */
  readonly end: number;
}

export interface FetchOptions {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  /** How long the broker waits for a first record, ms; 0 for not at all. */
  readonly waitMs: number;
  readonly maxBytes: number;
}

/** No session: one request says all there is to say. */
const NO_SESSION = { id: 0, epoch: -1 } as const;
const UNCOMMITTED = 0;
const NO_EPOCH = -1;

/** What a partition has from an offset on. Errors: the connection's; what the broker says is in `code`. */
export async function fetchRecords(connection: Connection, options: FetchOptions): Promise<Fetched> {
  const { topicId, partition, offset, waitMs, maxBytes } = options;
  const asked = {
    partition,
    currentLeaderEpoch: NO_EPOCH,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: NO_EPOCH,
    partitionMaxBytes: maxBytes,
  };
  const answer = await send(connection, waitMs, maxBytes, { topicId, partitions: [asked] });
  const found = answer.responses[0]?.partitions[0];
  if (found === undefined) return { code: answer.errorCode, records: [], next: offset, end: offset };
  const end = Number(found.highWatermark);
  if (found.errorCode !== KAFKA_CODE.none) return { code: found.errorCode, records: [], next: offset, end };
  const batches = found.records ?? [];
  const last = batches.at(-1);
  const next = last === undefined ? offset : Number(last.firstOffset) + last.lastOffsetDelta + 1;
  const records = batches.flatMap(recordsOf).filter((record) => record.offset >= offset);
  return { code: KAFKA_CODE.none, records, next: Math.max(next, offset), end };
}

async function send(
  connection: Connection,
  waitMs: number,
  maxBytes: number,
  topic: Parameters<typeof fetchV16.api.async>[7][number],
): Promise<FetchResponse> {
  const { id, epoch } = NO_SESSION;
  const minBytes = waitMs === 0 ? 0 : 1;
  try {
    return await fetchV16.api.async(
      connection,
      waitMs,
      minBytes,
      maxBytes,
      UNCOMMITTED,
      id,
      epoch,
      [topic],
      [],
      "",
    );
  } catch (error) {
    const answer = answerIn(error);
    // Parsed by the client from the answer to this very request.
    if (answer !== undefined) return answer as FetchResponse;
    throw error;
  }
}

function recordsOf({ attributes, firstOffset, records }: RecordsBatch): readonly FetchedRecord[] {
  // Marks of transactions are Kafka's own.
  if ((attributes & IS_CONTROL) !== 0) return [];
  const first = Number(firstOffset);
  return records.map(({ offsetDelta, key, value, headers }) => ({
    offset: first + offsetDelta,
    key,
    value,
    headers,
  }));
}
