import { protocolError } from "@barrage/protocol";
import type { OwnerFrames } from "./frames.ts";
import { errorFromLink } from "./error-on-link.ts";

/** Calls that wait for their answers. */
export interface CallBounds {
  readonly maxCalls: number;
  /** Bytes of their frames. */
  readonly maxBytes: number;
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The calls of one link that were sent and are not answered.
 *
 * Bounds     number and bytes; over them a call is refused with BARRAGE_OVERLOADED before it is sent.
 */
export class PendingCalls {
  private readonly waiting = new Map<number, Waiting>();
  private readonly bounds: CallBounds;
  private bytes = 0;
  private ids = 0;

  constructor(bounds: CallBounds) {
    this.bounds = bounds;
  }

  get size(): number {
    return this.waiting.size;
  }

  nextId(): number {
    return ++this.ids;
  }

  /** Errors: BARRAGE_OVERLOADED. */
  add(id: number, bytes: number): Promise<unknown> {
    const { maxCalls, maxBytes } = this.bounds;
    if (this.waiting.size >= maxCalls || this.bytes + bytes > maxBytes)
      throw protocolError("BARRAGE_OVERLOADED");
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.bytes += bytes;
    this.waiting.set(id, { bytes, resolve, reject });
    return promise;
  }

  /** An answer to a call that was given up is nobody's. */
  succeed({ id, value }: OwnerFrames["result"]): void {
    this.take(id)?.resolve(value);
  }

  fail({ id, error }: OwnerFrames["failure"]): void {
    this.take(id)?.reject(errorFromLink(error));
  }

  /** Gives the call up; true if it was still waiting. */
  drop(id: number, error: unknown): boolean {
    const waiting = this.take(id);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  /** The link has ended: what became of these nobody here knows. */
  dropAll(error: () => unknown): void {
    for (const id of this.waiting.keys()) this.drop(id, error());
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return undefined;
    this.waiting.delete(id);
    this.bytes -= waiting.bytes;
    return waiting;
  }
}
