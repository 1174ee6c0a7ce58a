import { EncodedBatch } from "../../src/gateway/encoded-batch.ts";
import { danmaku } from "../policies/danmaku.ts";

/** A batch of `count` danmaku whose last has `seq`. */
export function batchUpTo(seq: number, count: number): EncodedBatch {
  const prev = seq - count;
  const items = Array.from({ length: count }, (_, i) => danmaku(prev + 1 + i));
  return new EncodedBatch({ room: "r", prev, seq, items });
}
