const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;

/** Bytes before the payload of an unmasked frame of `length` bytes (RFC 6455, 5.2). */
function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Room for one unfragmented frame with its header written, as a server sends it: ready for any number of sockets. */
function framed(first: number, length: number): { readonly frame: Buffer; readonly payloadAt: number } {
  const payloadAt = headerLength(length);
  const frame = Buffer.allocUnsafeSlow(payloadAt + length);
  frame[0] = first;
  if (payloadAt === 2) frame[1] = length;
  else if (payloadAt === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return { frame, payloadAt };
}

/** `text` as one WebSocket text message. */
export function textFrame(text: string): Buffer {
  const { frame, payloadAt } = framed(FIN_TEXT, Buffer.byteLength(text));
  frame.write(text, payloadAt);
  return frame;
}

/** These, one after the other, as one WebSocket text message. */
export function textFrameOf(pieces: readonly Uint8Array[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { frame, payloadAt } = framed(FIN_TEXT, length);
  let at = payloadAt;
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  return frame;
}

/** `bytes` as one WebSocket binary message. */
export function binaryFrame(bytes: Uint8Array): Buffer {
  const { frame, payloadAt } = framed(FIN_BINARY, bytes.length);
  frame.set(bytes, payloadAt);
  return frame;
}
