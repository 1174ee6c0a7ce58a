import type { Ledger } from "./ledger.ts";
import type { RoomHub } from "./room-hub.ts";

/**
 * What became of one connection's records, as far as its socket does not know it.
 *
 * Shape      `published`, `muted` and what came twice on the feed are counted once per room; the account keeps where
 *            those counts stood when the connection came and when it closed.
 */
export class Account {
  private readonly hub: RoomHub;
  private readonly place: number;
  private readonly publishedBefore: number;
  private readonly mutedBefore: number;
  private readonly duplicateBefore: number;
  private atClose: Pick<Ledger, "published" | "muted" | "duplicate"> | undefined;
  replayed = 0;
  shedSlow = 0;
  shedExpired = 0;
  /** In the snapshot already. */
  repeated = 0;
  lost = 0;

  constructor(hub: RoomHub, place: number) {
    this.hub = hub;
    this.place = place;
    this.publishedBefore = hub.published;
    this.mutedBefore = hub.muted;
    this.duplicateBefore = hub.duplicate;
  }

  /** The connection is subscribed no more; what is on its way to it in its room will not come. */
  close(): void {
    if (this.atClose !== undefined) return;
    this.lost += this.hub.pendingAt(this.place);
    this.atClose = this.ofRoom();
  }

  private ofRoom(): Pick<Ledger, "published" | "muted" | "duplicate"> {
    const { hub } = this;
    return {
      published: hub.published - this.publishedBefore,
      muted: hub.muted - this.mutedBefore,
      duplicate: hub.duplicate - this.duplicateBefore,
    };
  }

  /** `waiting`: records that wait for the snapshot, or in the socket's buffer. */
  ledger(delivered: number, waiting: number): Ledger {
    const { published, muted, duplicate } = this.atClose ?? this.ofRoom();
    const pending = this.atClose === undefined ? this.hub.pendingAt(this.place) : 0;
    return {
      published,
      replayed: this.replayed,
      delivered,
      shed: { slow: this.shedSlow, expired: this.shedExpired },
      muted,
      duplicate: duplicate + this.repeated,
      lostAtClose: this.lost,
      inFlight: waiting + pending,
    };
  }
}
