import type { Context } from "@barrage/kernel";
import type { Batch } from "./recent-window.ts";

/** What a gateway does with what the feed brings. Neither may wait. */
export interface FeedHandler {
  /** A batch of a room that was entered; one without records tells where the room stands. */
  batch(batch: Batch): void;
  /** Batches of the room may have been lost; what is published from now on arrives again. Read the window now. */
  interrupted(room: string): void;
}

/** A gateway's part of the feed: the rooms that it has viewers in. */
export interface FeedSubscription extends Disposable {
  /**
   * Resolves once every batch of the room that is published from now on will reach the handler (then read the window).
   * Of a room that was entered before, at once, but while its batches do not arrive. Errors: the feed's own; the room is
   * then not entered, unless it was before or somebody else still waits for it.
   */
  enter(room: string, ctx: Context): Promise<void>;
  /** No more of the room is needed; a batch that is on its way may still arrive. */
  leave(room: string): void;
}

/** Carries room batches from the router to gateways. May lose or repeat one: `prev` and `seq` show it. */
export interface Feed {
  publish(batch: Batch, ctx: Context): Promise<void>;
  /** Brings nothing until a room is entered. */
  subscribe(handler: FeedHandler): FeedSubscription;
}
