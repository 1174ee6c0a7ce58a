import type { Ledger, LedgerSum } from "./ledger.ts";
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

  /** Adds the connection's records. `waiting`: those that wait for the snapshot, or in the socket's buffer. */
  addTo(sum: LedgerSum, delivered: number, waiting: number): void {
    const { hub, atClose } = this;
    sum.published += atClose?.published ?? hub.published - this.publishedBefore;
    sum.muted += atClose?.muted ?? hub.muted - this.mutedBefore;
    sum.duplicate += (atClose?.duplicate ?? hub.duplicate - this.duplicateBefore) + this.repeated;
    sum.replayed += this.replayed;
    sum.delivered += delivered;
    sum.shed.slow += this.shedSlow;
    sum.shed.expired += this.shedExpired;
    sum.lostAtClose += this.lost;
    sum.inFlight += waiting + (atClose === undefined ? hub.pendingAt(this.place) : 0);
  }
}
