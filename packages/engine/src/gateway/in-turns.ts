import { nextTurn } from "@barrage/kernel";

/** Viewers that something is done to before the event loop goes on. */
const VIEWERS_PER_TURN = 512;

/** Does something to each viewer of a room, however many there are, and lets the event loop go on between. */
export async function inTurns<V>(viewers: Iterable<V>, act: (viewer: V) => void): Promise<void> {
  let left = VIEWERS_PER_TURN;
  for (const viewer of viewers) {
    act(viewer);
    if (--left > 0) continue;
    await nextTurn();
    left = VIEWERS_PER_TURN;
  }
}
