import { loadError } from "../errors.ts";

const HEAD_BYTES = 4;
const EMPTY: Buffer = Buffer.alloc(0);

/** A message as bytes: its length in four bytes, then JSON. */
export function framed(message: object): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt32BE(length);
  bytes.write(text, HEAD_BYTES);
  return bytes;
}

/**
 * Cuts a byte stream into messages.
 *
 * Bounds     keeps at most one message, of at most `limitBytes`.
 * Errors     LOAD_BAD_MESSAGE for a longer one, and for what is no JSON object with a type.
 */
export class MessageCutter {
  #limitBytes: number;
  #pieces: Buffer[] = [];
  #held = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes longer messages from now on: the other side is known. */
  raise(limitBytes: number): void {
    this.#limitBytes = limitBytes;
  }

  *push(chunk: Buffer): IterableIterator<{ readonly type: string }> {
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    for (;;) {
      if (this.#held < HEAD_BYTES) return;
      const head = this.#joined(HEAD_BYTES);
      const length = head.readUInt32BE();
      if (length > this.#limitBytes)
        throw loadError("LOAD_BAD_MESSAGE", {
          what: `a message of ${length} bytes, and at most ${this.#limitBytes} are taken`,
        });
      if (this.#held < HEAD_BYTES + length) return;
      const bytes = this.#joined(HEAD_BYTES + length);
      const rest = bytes.subarray(HEAD_BYTES + length);
      this.#pieces = rest.length > 0 ? [rest] : [];
      this.#held = rest.length;
      yield messageOf(bytes.toString("utf8", HEAD_BYTES, HEAD_BYTES + length));
    }
  }

  /** The pieces in one, if the first alone has not so many bytes. */
  #joined(atLeast: number): Buffer {
    const [first = EMPTY] = this.#pieces;
    if (first.length >= atLeast) return first;
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }
}

function messageOf(text: string): { readonly type: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw loadError("LOAD_BAD_MESSAGE", { what: "a message that is no JSON" }, error);
  }
  if (typeof value === "object" && value !== null && "type" in value && typeof value.type === "string")
    return { ...value, type: value.type };
  throw loadError("LOAD_BAD_MESSAGE", { what: "a message without a type" });
}
