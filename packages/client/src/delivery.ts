import { NO_POLICIES } from "@barrage/protocol";
import type {
  AckFrame,
  Author,
  BatchFrame,
  Item,
  RoomPolicies,
  RoomView,
  SnapshotFrame,
} from "@barrage/protocol";
import type { Emitter } from "./link/emitter.ts";
import { echoOf, OwnEcho, seen } from "./outbox/own-echo.ts";
import type { Sendable } from "./outbox/outbox.ts";
import type { RoomEvents, SeenItem } from "./session/effects.ts";
import { applyPolicyEvent, applyRoomEvent } from "./session/room-view.ts";

/** Turns accepted frames into events, and keeps what a viewer may ask at any time. */
export class Delivery {
  readonly #events: Emitter<RoomEvents>;
  readonly #own = new OwnEcho();
  room: RoomView | undefined;
  policies: RoomPolicies = NO_POLICIES;
  you: Author | null = null;
  viewers = 0;
  contentMax: number | undefined;

  /** seq up to which a resumed session is brought to the present. */
  #presentAfter = 0;

  constructor(events: Emitter<RoomEvents>) {
    this.#events = events;
  }

  snapshot(frame: SnapshotFrame, items: readonly Item[]): void {
    this.you = frame.you;
    this.contentMax = frame.limits.content_max;
    this.#events.emit("snapshot", frame);
    // What comes of before is past, and the snapshot's room already knows it.
    this.#presentAfter = frame.resumed ? frame.room.head : 0;
    this.#setRoom(frame.room);
    this.#setPolicies(frame.policies ?? NO_POLICIES);
    this.count(frame.viewers);
    for (const item of this.#admitted(items, true)) this.#events.emit("item", item);
  }

  batch(frame: BatchFrame, items: readonly Item[]): void {
    const past = frame.seq <= this.#presentAfter;
    const admitted = this.#admitted(items, past);
    for (const item of admitted) {
      this.#events.emit("item", item);
      if (item.kind === "room-event" && !past && this.room !== undefined) {
        this.#setRoom(applyRoomEvent(this.room, item.event));
        this.#setPolicies(applyPolicyEvent(this.policies, item.event));
      }
    }
    for (const count of frame.merged ?? []) this.#events.emit("merged", count);
    if (frame.rate !== undefined) this.#events.emit("rate", frame.rate);
    this.#events.emit("batch", { frame, items: admitted });
  }

  /** The ack of an own publish stands for its record, unless the record was here first. */
  echo(sent: Sendable, ack: AckFrame, at: number): void {
    if ("held" in ack || this.you === null || !this.#own.admit(ack.id)) return;
    this.#events.emit("item", echoOf(sent, { id: ack.id, seq: ack.seq, at }, this.you));
  }

  count(viewers: number): void {
    if (viewers === this.viewers) return;
    this.viewers = viewers;
    this.#events.emit("viewers", viewers);
  }

  #setRoom(room: RoomView): void {
    if (room === this.room) return;
    this.room = room;
    this.#events.emit("room", room);
  }

  #setPolicies(policies: RoomPolicies): void {
    if (policies === this.policies) return;
    this.policies = policies;
    this.#events.emit("policies", policies);
  }

  #admitted(items: readonly Item[], past: boolean): readonly SeenItem[] {
    const admitted: SeenItem[] = [];
    for (const item of items) {
      const record = seen(item, this.you, past);
      if (!record.own || this.#own.admit(record.id)) admitted.push(record);
    }
    return admitted;
  }
}
