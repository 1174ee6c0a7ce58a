import { recordsLeft } from "./catching-up.ts";
import type { CatchingUp } from "./catching-up.ts";
import type { EncodedBatch } from "./encoded-batch.ts";
import type { OwnFrame } from "./encoding.ts";

/**
 * Where a viewer's connection stands. `joining`: its snapshot is being read; batches and replies wait for it, because
 * the snapshot is the first frame of every connection. `catching-up`: what it missed goes out as its socket takes it,
 * and batches wait. `live`: every batch goes out as it comes. `closed`: it is sent no more, but what its socket holds
 * may still arrive. `gone`: final.
 */
export type ViewerState =
  | { readonly phase: "joining"; readonly waiting: EncodedBatch[]; readonly replies: OwnFrame[] }
  | { readonly phase: "catching-up"; readonly waiting: EncodedBatch[]; readonly rest: CatchingUp }
  | { readonly phase: "live" | "closed" | "gone" };

/** A state in which the room's batches wait. */
export type NotYetLive = Extract<ViewerState, { readonly waiting: EncodedBatch[] }>;
export type JoiningState = Extract<ViewerState, { readonly phase: "joining" }>;
export type CatchingUpState = Extract<ViewerState, { readonly phase: "catching-up" }>;

export const LIVE: ViewerState = { phase: "live" };
export const CLOSED: ViewerState = { phase: "closed" };
export const GONE: ViewerState = { phase: "gone" };

/** Batches that may wait until one viewer is live; a window read takes far less than the 64 windows that this is. */
const BATCHES_UNTIL_LIVE = 64;
/** Replies that may wait for one snapshot: more than a client has reason to ask for before it is in. */
const REPLIES_WHILE_JOINING = 64;

export const beginning = (): JoiningState => ({ phase: "joining", waiting: [], replies: [] });

/** Keeps a batch until the viewer is live; false: it was one too many. It is kept, and counted, all the same. */
export function keepBatch({ waiting }: NotYetLive, batch: EncodedBatch): boolean {
  waiting.push(batch);
  return waiting.length <= BATCHES_UNTIL_LIVE;
}

/** Keeps a reply until the snapshot has gone; false: it would be one too many, and is not kept. */
export function keepReply({ replies }: JoiningState, frame: OwnFrame): boolean {
  if (replies.length >= REPLIES_WHILE_JOINING) return false;
  replies.push(frame);
  return true;
}

/** Records that wait in the connection itself. */
export function recordsWaiting(state: ViewerState): number {
  if (state.phase === "joining") return totalOf(state.waiting);
  return state.phase === "catching-up" ? totalOf(state.waiting) + recordsLeft(state.rest) : 0;
}

const totalOf = (batches: readonly EncodedBatch[]): number =>
  batches.reduce((sum, { total }) => sum + total, 0);
