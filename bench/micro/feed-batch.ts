/**
 * What does a batch from the feed cost a gateway before the first viewer has it? The text that came from Redis is decoded and
 * checked, and encoded once for each protocol that the room's viewers speak. Reading it off the socket is not in it.
 *
 *   node bench/micro/feed-batch.ts [--records 1,4,30] [--batches 50000] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { barrageV1, jsonText } from "@barrage/engine";
import type { Batch, Encoding } from "@barrage/engine";
import type { BatchFrame } from "@barrage/protocol";
import { danmaku } from "@barrage/testkit";
import { decodeBatch, encodeBatch } from "../../packages/cluster/src/redis/batch-json.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1,4,30" },
    batches: { type: "string", default: "50000" },
    json: { type: "string" },
  },
});
const batches = Number(values.batches);
const ROOM = "room";

function batchOf(count: number): Batch {
  const items = Array.from({ length: count }, (_, i) => ({
    ...danmaku(`0198f0a0-1234-7abc-8def-${String(i).padStart(12, "0")}`, { content: "弹".repeat(20) }),
    seq: 2 ** 40 + i,
    n: i + 1,
  }));
  return { room: ROOM, prev: 2 ** 40 - 1, seq: 2 ** 40 + count - 1, items, windowMs: 50 };
}

function frameOf({ room, prev, seq, items, windowMs = 0 }: Batch): BatchFrame {
  return { type: "batch", room_id: room, prev, seq, count: items.length, items, window_ms: windowMs };
}

/** us of this process's CPU for each call. */
function cost(once: () => unknown): number {
  for (let i = 0; i < batches / 10; i += 1) once();
  const start = process.cpuUsage();
  for (let i = 0; i < batches; i += 1) once();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / batches;
}

const rows = values.records.split(",").map((records) => {
  const text = Buffer.from(encodeBatch(batchOf(Number(records))));
  const through = (...encodings: readonly Encoding[]) =>
    cost(() => {
      const frame = frameOf(decodeBatch(ROOM, text.toString()));
      return encodings.map((encoding) => encoding.batch(frame));
    });
  return {
    records: Number(records),
    bytes: text.length,
    decode: through(),
    json: through(jsonText),
    both: through(jsonText, barrageV1),
  };
});
console.log("us of CPU for each batch");
console.log(
  table(
    ["records", "bytes", "decoded", "and encoded as JSON", "and as barrage.v1 too"],
    rows.map(({ records, bytes, decode, json, both }) => [
      records,
      bytes,
      decode.toFixed(1),
      json.toFixed(1),
      both.toFixed(1),
    ]),
  ),
);
const [first] = rows;
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ rows, gatewayUsPerFeedBatch: first?.json }, undefined, 2)}\n`,
  );
