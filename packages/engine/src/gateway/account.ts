import type { ReplayCounts } from "./replay.ts";
import type { LedgerSum } from "./ledger.ts";
import type { RoomCounts, RoomHub } from "./room-hub.ts";

/**
 * What became of one connection's records, as far as its socket does not know it.
 *
 * Shape      `published`, what nobody is shown and what came twice on the feed are counted once per room; the account keeps where
 *            those counts stood when the connection came and when it closed.
 */
export class Account {
  private readonly hub: RoomHub;
  private readonly place: number;
  private readonly before: RoomCounts;
  private atClose: RoomCounts | undefined;
  replayed = 0;
  shedSlow = 0;
  shedExpired = 0;
  /** Of what it missed when it resumed: withheld by the room's ceiling, and part of another one's count. */
  replayedSampled = 0;
  replayedMerged = 0;
  /** In the snapshot already. */
  repeated = 0;
  lost = 0;

  constructor(hub: RoomHub, place: number) {
    this.hub = hub;
    this.place = place;
    this.before = hub.countsNow();
  }

  /** What its snapshot brings; answers how many records are in it. A protocol that begins with the present brings none. */
  replay({ items, missing, sampled, merged }: ReplayCounts, replays: boolean): number {
    const given = replays ? items : 0;
    this.replayed = given + missing + sampled + merged;
    this.shedExpired = missing;
    this.replayedSampled = sampled;
    this.replayedMerged = merged;
    return given;
  }

  /** The connection is subscribed no more; what is on its way to it in its room will not come. */
  close(): void {
    if (this.atClose !== undefined) return;
    this.lost += this.hub.pendingAt(this.place);
    this.atClose = this.hub.countsNow();
  }

  /** Adds the connection's records. `waiting`: those that wait for the snapshot, or in the socket's buffer. */
  addTo(sum: LedgerSum, delivered: number, waiting: number): void {
    const { hub, atClose, before } = this;
    const now = atClose ?? hub.countsNow();
    sum.published += now.published - before.published;
    sum.muted += now.muted - before.muted;
    sum.merged += now.merged - before.merged + this.replayedMerged;
    sum.duplicate += now.duplicate - before.duplicate + this.repeated;
    sum.replayed += this.replayed;
    sum.delivered += delivered;
    sum.shed.slow += this.shedSlow;
    sum.shed.expired += this.shedExpired;
    sum.shed.sampled += now.sampled - before.sampled + this.replayedSampled;
    sum.lostAtClose += this.lost;
    sum.inFlight += waiting + (atClose === undefined ? hub.pendingAt(this.place) : 0);
  }
}
