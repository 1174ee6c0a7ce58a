import assert from "node:assert/strict";
import type { LogRecord } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { KafkaLog } from "@barrage/cluster";

/** What one sender of a room was told, in the order in which it sent. */
export interface Told {
  readonly room: string;
  readonly id: string;
  /** Absent when the answer was that nobody knows. */
  readonly seq?: number;
}

/**
 * Everything that the log gives a follower of each partition, up to the last record that was acknowledged there: a
 * broker that has just come back may not know yet that others have gone on without it, so its end says nothing.
 */
export async function everything(
  log: KafkaLog,
  told: readonly Told[],
  ctx: Context,
): Promise<readonly LogRecord[]> {
  const lasts = new Map<number, number>();
  for (const { room, seq = 0 } of told) {
    const partition = log.partitionOf(room);
    lasts.set(partition, Math.max(seq, lasts.get(partition) ?? 0));
  }
  const all: LogRecord[] = [];
  for (const [partition, last] of lasts) {
    for await (const records of log.partition(partition).follow(0, ctx)) {
      all.push(...records);
      if ((records.at(-1)?.seq ?? 0) >= last) break;
    }
  }
  return all;
}

/** Every acknowledged record is there once at its seq; each room's records are in the order in which they were sent. */
export function assertNothingLost(told: readonly Told[], records: readonly LogRecord[]): void {
  const places = new Map<string, number[]>();
  for (const { entry, seq } of records) places.set(entry.id, [...(places.get(entry.id) ?? []), seq]);

  const lost = told.filter(({ id, seq }) => seq !== undefined && places.get(id)?.[0] !== seq);
  assert.deepEqual(lost, [], "acknowledged, and not at their place");
  const doubled = [...places].filter(([, seqs]) => seqs.length > 1);
  assert.deepEqual(doubled, [], "there twice");

  const order = new Map(told.map(({ id }, i) => [id, i]));
  for (const [room, own] of Map.groupBy(records, (record) => record.room)) {
    const sent = own.map(({ entry }) => order.get(entry.id) ?? -1);
    assert.deepEqual(
      sent.filter((at, i) => i > 0 && at < (sent[i - 1] ?? -1)),
      [],
      `out of order in ${room}`,
    );
  }
}
