import type { AckFrame, ClientFrame, ErrorFrame } from "@barrage/protocol";
import { clientError, remoteError } from "../errors.ts";

/** A frame that wants an answer. */
export type Sendable = Extract<ClientFrame, { type: "danmu" | "like" }> & { readonly client_msg_id: string };

/** A send without an answer so far. */
export interface Pending {
  readonly frame: Sendable;
  readonly resolve: (ack: AckFrame) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends that wait for their answer, in the order they were made.
 *
 * Shape      keyed by `client_msg_id`; each leaves once, by ack, refusal, timeout or close.
 * Bounds     at most `limit`; one more is refused with BARRAGE_CLIENT_OUTBOX_FULL.
 */
export class Outbox {
  readonly #limit: number;
  readonly #pending = new Map<string, Pending>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Throws when full, so that the caller hears of it before anything was sent. */
  add(pending: Pending): void {
    if (this.#pending.size >= this.#limit) {
      throw clientError("BARRAGE_CLIENT_OUTBOX_FULL", { limit: this.#limit });
    }
    this.#pending.set(pending.frame.client_msg_id, pending);
  }

  has(id: string): boolean {
    return this.#pending.has(id);
  }

  /** Everything unanswered, oldest first. */
  frames(): readonly Sendable[] {
    return [...this.#pending.values()].map((pending) => pending.frame);
  }

  /** What the ack answered, taken out; undefined for one nobody waits for. */
  take(id: string | undefined): Pending | undefined {
    if (id === undefined) return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** The server refused it. One refused because the server goes down stays: it is sent again after the reconnect. */
  refuse(frame: ErrorFrame): "refused" | "kept" | "unknown" {
    const id = frame.client_msg_id;
    if (id === undefined || !this.#pending.has(id)) return "unknown";
    if (frame.code === "BARRAGE_DRAINING") return "kept";
    this.take(id)?.reject(remoteError(frame));
    return "refused";
  }

  rejectAll(error: unknown): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }
}
