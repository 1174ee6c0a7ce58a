const TEXT = 1;

/** Cuts what a client sends over a bare socket into its text messages; a server that trusts its clients needs no more. */
export class ClientFrames {
  #rest = Buffer.alloc(0);

  /** Calls `onText` for each message that is complete. */
  push(bytes, onText) {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (rest.length < 2) break;
      const short = rest[1] & 127;
      const maskAt = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (rest.length < maskAt) break;
      const length =
        short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
      const [from, to] = [maskAt + 4, maskAt + 4 + length];
      if (rest.length < to) break;
      if ((rest[0] & 15) === TEXT) {
        const text = Buffer.from(rest.subarray(from, to));
        for (let at = 0; at < length; at += 1) text[at] ^= rest[maskAt + (at & 3)];
        onText(text);
      }
      rest = rest.subarray(to);
    }
    // A copy: the socket's bytes are its own.
    this.#rest = Buffer.from(rest);
  }
}
