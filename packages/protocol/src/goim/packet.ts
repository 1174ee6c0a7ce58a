import { protocolError } from "../errors/table.ts";

/**
 * Packets of the goim framing: a header of 16 bytes, numbers with the highest byte first, then the body.
 *
 * Source     goim, docs/proto.md
 */

export const GOIM_HEADER_BYTES = 16;

/** What a packet is for. */
export const GOIM_OPERATION = {
  heartbeat: 2,
  heartbeatReply: 3,
  message: 5,
  auth: 7,
  authReply: 8,
} as const;

/** What the body is: JSON, a bare number or a client's own, or packets with headers of their own, compressed. */
export const GOIM_VERSION = { json: 0, plain: 1, zlib: 2, brotli: 3 } as const;

export interface GoimPacket {
  readonly version: number;
  readonly operation: number;
  readonly body: Uint8Array;
}

export function encodeGoimPacket(operation: number, version: number, body: Uint8Array): Uint8Array {
  const packet = new Uint8Array(GOIM_HEADER_BYTES + body.length);
  const view = new DataView(packet.buffer);
  view.setUint32(0, packet.length);
  view.setUint16(4, GOIM_HEADER_BYTES);
  view.setUint16(6, version);
  view.setUint32(8, operation);
  // Replies have no number of their own: every published client sends 1 and none reads what comes back.
  view.setUint32(12, 1);
  packet.set(body, GOIM_HEADER_BYTES);
  return packet;
}

/**
 * Cuts packets out of bytes that come in pieces, as TCP brings them. A WebSocket message goes through one of its own,
 * which must be `empty` afterwards.
 *
 * Bounds     keeps at most one unfinished packet, of at most `limitBytes`.
 * Errors     BARRAGE_BAD_FRAME for a header that none has, BARRAGE_FRAME_TOO_LARGE before a byte of it is kept.
 */
export class GoimPacketCutter {
  private readonly limitBytes: number;
  private rest: Uint8Array = new Uint8Array();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get empty(): boolean {
    return this.rest.length === 0;
  }

  /** The packets that are complete with `piece`. Their bodies share its bytes. */
  push(piece: Uint8Array): GoimPacket[] {
    const bytes = this.empty ? piece : joined(this.rest, piece);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const packets: GoimPacket[] = [];
    let at = 0;
    while (bytes.length - at >= GOIM_HEADER_BYTES) {
      const length = view.getUint32(at);
      const header = view.getUint16(at + 4);
      if (header !== GOIM_HEADER_BYTES || length < header) {
        throw protocolError("BARRAGE_BAD_FRAME", { detail: "its header is none" });
      }
      if (length > this.limitBytes)
        throw protocolError("BARRAGE_FRAME_TOO_LARGE", { limit: this.limitBytes });
      if (bytes.length - at < length) break;
      packets.push({
        version: view.getUint16(at + 6),
        operation: view.getUint32(at + 8),
        body: bytes.subarray(at + header, at + length),
      });
      at += length;
    }
    // A copy, so that a small rest does not keep a large piece alive.
    this.rest = bytes.slice(at);
    return packets;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
