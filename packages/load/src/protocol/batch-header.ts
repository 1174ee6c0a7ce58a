import { loadError } from "../errors.ts";
import { PEEK_BYTES } from "./frame-cutter.ts";
import type { HeaderRead } from "./last-header.ts";

const BATCH = Buffer.from('{"type":"batch",');
/** What follows the count where records were withheld. */
const SHED = ',"shed"';
const DIGIT_0 = 48;

/**
 * The header of the Barrage batch at `start`, read without parsing the rest; undefined for another frame. The order of
 * fields is the server's (docs/spec/protocol.md). Errors: LOAD_BAD_STREAM for a batch without one.
 */
export function batchHeader(bytes: Buffer, start: number): HeaderRead | undefined {
  for (let index = 0; index < BATCH.length; index += 1) {
    if (bytes[start + index] !== BATCH[index]) return undefined;
  }
  const prev = numberAfter(bytes, '"prev":', start + BATCH.length);
  const seq = numberAfter(bytes, '"seq":', prev.end);
  const count = numberAfter(bytes, '"count":', seq.end);
  const [head, restAt] = [{ prev: prev.value, seq: seq.value, count: count.value }, count.end + SHED.length];
  const hasShed = bytes.toString("latin1", count.end, restAt) === SHED;
  if (!hasShed) return { header: { ...head, shed: 0 }, end: restAt };
  const shed = numberAfter(bytes, '"count":', count.end);
  return { header: { ...head, shed: shed.value }, end: shed.end + 1 };
}

function numberAfter(bytes: Buffer, name: string, from: number): { value: number; end: number } {
  const found = bytes.indexOf(name, from, "latin1");
  if (found < 0 || found - from > PEEK_BYTES)
    throw loadError("LOAD_BAD_STREAM", { what: `a batch without ${name}` });
  let end = found + name.length;
  let value = 0;
  for (; ; end += 1) {
    const digit = (bytes[end] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 9) return { value, end };
    value = value * 10 + digit;
  }
}
