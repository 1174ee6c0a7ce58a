import { reasonOf, serverError } from "../errors.ts";
import type { OwnerFrames, WorkerFrames } from "./frames.ts";
import { SHAPES } from "./shapes.ts";

/** Bytes of one frame: a room's whole window, or a page of history with the longest texts, fits many times. */
export const FRAME_MAX_BYTES = 67_108_864;
/** Length of what follows (four bytes, little endian), then its kind. */
export const FRAME_HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

export type Frames = WorkerFrames & OwnerFrames;
export type FrameKind = keyof Frames;

/** A frame with its kind. */
export type Frame<Kind extends FrameKind = FrameKind> = {
  readonly [K in Kind]: { readonly kind: K; readonly body: Frames[K] };
}[Kind];

/** The byte of each kind is its place here; new ones go to the end. */
const KINDS: readonly FrameKind[] = [
  "hello",
  "welcome",
  "refused",
  "enter",
  "leave",
  "batch",
  "call",
  "cancel",
  "result",
  "failure",
  "report",
  "viewers",
  "status",
];
const BYTE_OF = new Map(KINDS.map((kind, byte) => [kind, byte] as const));

/**
 * A frame as bytes: its length, its kind, its body as JSON, which Node writes and reads faster than `node:v8` does
 * objects of this size.
 *
 * Errors     SERVER_LINK_FRAME_TOO_LARGE.
 */
export function encodeFrame<K extends FrameKind>(kind: K, body: Frames[K]): Buffer {
  const text = JSON.stringify(body);
  const bytes = Buffer.byteLength(text);
  if (bytes + 1 > FRAME_MAX_BYTES)
    throw serverError("SERVER_LINK_FRAME_TOO_LARGE", { bytes, limit: FRAME_MAX_BYTES });
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + bytes);
  frame.writeUInt32LE(bytes + 1, 0);
  frame[LENGTH_BYTES] = BYTE_OF.get(kind) ?? 0;
  frame.write(text, FRAME_HEADER_BYTES, "utf8");
  return frame;
}

/** What stands between two lengths. Errors: SERVER_LINK_BAD_BYTES. */
export function decodeFrame(bytes: Buffer): Frame {
  const kind = KINDS[bytes[0] ?? KINDS.length];
  if (kind === undefined) throw bad(`there is no kind ${bytes[0]}`);
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString("utf8", 1));
  } catch (error) {
    throw bad(`a ${kind} frame is not JSON, ${reasonOf(error)}`);
  }
  if (!SHAPES[kind](body)) throw bad(`a ${kind} frame lacks a field`);
  return { kind, body } as Frame;
}

export const bad = (detail: string) => serverError("SERVER_LINK_BAD_BYTES", { detail });
