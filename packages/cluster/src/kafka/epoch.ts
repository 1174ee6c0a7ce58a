import { ListOffsetTimestamps } from "@platformatic/kafka";
import type { Context } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { topicOf } from "./settings.ts";
import type { KafkaSettings } from "./settings.ts";

export interface TopicSize {
  readonly topic: string;
  readonly partitions: number;
}

/** The offset of each partition's first record, of its next one, or of the first that was appended from a moment (ms) on; -1 for none. */
export async function offsetsOf(
  link: KafkaLink,
  { topic, partitions }: TopicSize,
  which: "earliest" | "latest" | { readonly from: number },
  ctx: Context,
): Promise<readonly number[]> {
  const timestamp = typeof which === "object" ? BigInt(which.from) : TIMESTAMP[which];
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
  const [answer] = await link.ask(
    "offsets of partitions",
    (admin) => admin.listOffsets({ topics: [{ name: topic, partitions: asked }] }),
    ctx,
  );
  const offsets = Array.from({ length: partitions }, () => 0);
  for (const { partitionIndex, offset } of answer?.partitions ?? []) offsets[partitionIndex] = Number(offset);
  return offsets;
}

const TIMESTAMP = { earliest: ListOffsetTimestamps.EARLIEST, latest: ListOffsetTimestamps.LATEST } as const;

/** Offset that a group reads next, by partition; -1 where it never committed. */
export async function groupOffsets(
  link: KafkaLink,
  { topic, partitions }: TopicSize,
  group: string,
  ctx: Context,
): Promise<readonly number[]> {
  const partitionIndexes = Array.from({ length: partitions }, (_, i) => i);
  const groups = [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }];
  const [answer] = await link.ask(
    "offsets of a group",
    (admin) => admin.listConsumerGroupOffsets({ groups }),
    ctx,
  );
  const offsets = partitionIndexes.map(() => -1);
  const found = answer?.topics.find(({ name }) => name === topic)?.partitions ?? [];
  for (const { partitionIndex, committedOffset } of found) offsets[partitionIndex] = Number(committedOffset);
  return offsets;
}

/**
 * Refuses to go on while the epoch before has records that one of the groups has not passed: rooms would be seen out of
 * order, and what is not archived never would be.
 */
export async function requireDrained(
  link: KafkaLink,
  settings: KafkaSettings,
  groups: readonly string[],
  ctx: Context,
): Promise<void> {
  if (settings.epoch === 1) return;
  const topic = topicOf(settings.topic, settings.epoch - 1);
  if (!(await link.topics(ctx)).includes(topic)) return;
  const { leaders } = await link.view(topic, ctx);
  const size = { topic, partitions: leaders.length };
  const first = await offsetsOf(link, size, "earliest", ctx);
  const next = await offsetsOf(link, size, "latest", ctx);
  for (const group of groups) {
    const passed = await groupOffsets(link, size, group, ctx);
    const records = next.reduce((sum, end, i) => sum + end - Math.max(passed[i] ?? -1, first[i] ?? 0), 0);
    if (records > 0) throw clusterError("KAFKA_EPOCH_NOT_DRAINED", { topic, records, group });
  }
}
