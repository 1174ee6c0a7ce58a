import type { BatchHeader } from "../stream/stream-sink.ts";

/** A header, and where the bytes end that it was read from. */
export interface HeaderRead {
  readonly header: BatchHeader;
  readonly end: number;
}

type Read = (bytes: Buffer, start: number, end: number) => HeaderRead | undefined;

/**
 * Reads headers by `read`, and knows the last one again: viewers of a room are sent the same batch one after the other,
 * and comparing bytes costs less than reading them. The same bytes give the same object.
 */
export function knowingTheLast(
  read: Read,
): (bytes: Buffer, start: number, end: number) => BatchHeader | undefined {
  let [last, header]: [Buffer, BatchHeader | undefined] = [Buffer.alloc(0), undefined];
  return (bytes, start, end) => {
    const lastEnd = start + last.length;
    if (header !== undefined && lastEnd <= end && bytes.compare(last, 0, last.length, start, lastEnd) === 0)
      return header;
    const found = read(bytes, start, end);
    if (found === undefined) return undefined;
    // A copy: the bytes are the socket's, and read over.
    last = Buffer.from(bytes.subarray(start, found.end));
    header = found.header;
    return header;
  };
}
