import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Encoding, OwnFrame } from "./encoding.ts";
import { inTurns } from "./in-turns.ts";
import type { RoomHub } from "./room-hub.ts";

export interface ViewerCountsParts {
  readonly everyMs: number;
  readonly hubs: ReadonlyMap<string, RoomHub>;
  /** In all processes. */
  readonly viewersIn: (hub: RoomHub) => number;
}

/**
 * Rest between two viewer counts of a room, ms for each viewer here: a thousand writes a second. Of a hundred thousand
 * viewers some come or go at any moment, and to tell them all each time would cost more than what is said in the room.
 */
const COUNT_MS_PER_VIEWER = 1;

/** Tells the viewers of each room how many there are, where that has changed (DL-26); until cancelled. */
export async function tellViewerCounts(
  { everyMs, hubs, viewersIn }: ViewerCountsParts,
  ctx: Context,
): Promise<void> {
  using ticker = new Ticker(everyMs, ctx);
  for await (const _ of ticker) {
    for (const hub of hubs.values()) {
      const now = ctx.clock.now();
      const count = viewersIn(hub);
      if (count === hub.told.viewers || now - hub.told.at < hub.viewers.size * COUNT_MS_PER_VIEWER) continue;
      hub.told = { viewers: count, at: now };
      await tellAll(hub, { type: "viewers", room_id: hub.room, count });
    }
  }
}

/** A frame for everybody in the room, made once per protocol; one that cannot say it ends its own viewers alone (DL-48). */
async function tellAll(hub: RoomHub, frame: OwnFrame): Promise<void> {
  const made = new Map<Encoding, Made>();
  await inTurns(hub.viewers, (viewer) => {
    const { encoding } = viewer;
    let one = made.get(encoding);
    if (one === undefined) made.set(encoding, (one = make(encoding, frame)));
    if ("error" in one) viewer.fail(one.error);
    else if (one.bytes !== undefined) viewer.tell(one.bytes);
  });
}

/** A protocol may have no such frame. */
type Made = { readonly bytes: Uint8Array | undefined } | { readonly error: unknown };

function make(encoding: Encoding, frame: OwnFrame): Made {
  try {
    return { bytes: encoding.encode(frame) };
  } catch (error) {
    return { error };
  }
}
