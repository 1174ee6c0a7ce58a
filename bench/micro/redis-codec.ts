/**
 * What a batch costs on its way through Redis: as JSON, and in the binary form of `barrage.v1`.
 *
 *   node bench/micro/redis-codec.ts
 */
import { decodeServerFrame, encodeServerFrame } from "@barrage/protocol";
import type { BatchFrame } from "@barrage/protocol";
import { danmaku } from "@barrage/testkit";

const ITEMS = 200_000;

function frameOf(count: number): BatchFrame {
  const items = Array.from({ length: count }, (_, i) => ({
    ...danmaku(`0198f0a0-1234-7abc-8def-${String(i).padStart(12, "0")}`, { content: `弹幕来了哈哈哈 ${i}` }),
    seq: 2 ** 40 + i,
    n: i + 1,
  }));
  const place = { prev: 2 ** 40 - 1, seq: 2 ** 40 + count - 1 };
  return { type: "batch", room_id: "room", ...place, count, items, window_ms: 25 };
}

/** µs of CPU per record: what else runs on the machine does not count. */
function time(count: number, once: () => unknown): string {
  const rounds = ITEMS / count;
  for (let i = 0; i < rounds / 10; i++) once();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) once();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) / ITEMS).toFixed(2);
}

console.log("records  form        bytes  encode µs  decode µs (per record)");
for (const count of [1, 10, 100]) {
  const frame = frameOf(count);
  const json = JSON.stringify(frame);
  const binary = encodeServerFrame(frame);
  const rows = [
    ["JSON", Buffer.byteLength(json), () => JSON.stringify(frame), () => JSON.parse(json) as unknown],
    ["barrage.v1", binary.length, () => encodeServerFrame(frame), () => decodeServerFrame(binary)],
  ] as const;
  for (const [form, bytes, encode, decode] of rows) {
    const columns = [String(count).padStart(7), form.padEnd(10), String(bytes).padStart(6)];
    console.log(columns.join("  "), time(count, encode).padStart(9), time(count, decode).padStart(10));
  }
}
