import type { Readable } from "node:stream";
import { protocolError } from "@barrage/protocol";

/**
 * A request body as text, piece by piece.
 *
 * Bounds     at most `limit` bytes are read.
 * Errors     BARRAGE_BODY_TOO_LARGE, BARRAGE_BAD_REQUEST for what is no UTF-8.
 */
export async function* textOf(body: Readable, limit: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw protocolError("BARRAGE_BODY_TOO_LARGE", { limit });
    yield decode(() => decoder.decode(chunk, { stream: true }));
  }
  yield decode(() => decoder.decode());
}

function decode(run: () => string): string {
  try {
    return run();
  } catch (error) {
    throw protocolError("BARRAGE_BAD_REQUEST", { detail: "the body is not UTF-8" }, error);
  }
}
