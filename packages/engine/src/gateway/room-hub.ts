import type { Viewer } from "./viewer.ts";

/** The viewers that this process has in one room. */
export class RoomHub {
  readonly room: string;
  readonly viewers = new Set<Viewer>();
  /** seq of the last batch that was handed to the viewers; undefined before the first batch or snapshot. */
  last: number | undefined;
  /** While a lost batch is being read from the window: the highest seq that the feed has shown meanwhile. */
  filling: { wanted: number } | undefined;
  /** The count that viewers were told last. */
  toldViewers = -1;

  constructor(room: string) {
    this.room = room;
  }
}
