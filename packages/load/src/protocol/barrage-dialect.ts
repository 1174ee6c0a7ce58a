import type { BatchHeader } from "../stream/stream-sink.ts";
import type { JsonObject } from "./parse-object.ts";

/** In which of its forms Barrage is spoken to on `/ws`. */
export interface BarrageDialect {
  readonly messages: "text" | "binary";
  /** What the handshake has to agree on, where it has to. */
  readonly subprotocol?: string;
  readonly ping: string | Uint8Array;
  danmu(id: string, content: string): string | Uint8Array;
  /**
   * The header of a batch, read from its first bytes without the rest; undefined for what has to be read whole: another
   * frame, or a batch whose header does not stand in front. Errors: LOAD_BAD_STREAM for a batch without one.
   */
  header(bytes: Buffer, start: number, end: number): BatchHeader | undefined;
  /** Is it for whoever publishes: an ack or an error? */
  answers(bytes: Buffer, start: number, end: number): boolean;
  /** The frame's fields, the same in both forms; undefined for a kind that a newer server has. Errors: for what is no frame. */
  decode(payload: Buffer): JsonObject | undefined;
}
