import type { Measured } from "../trap.ts";

// Where a test has to stop a loop that does not (a count).
const ENOUGH = 1_000;

/** Renames each room by taking it out and putting it in again under its new name. */
export async function run(rooms = new Map<string, number>()): Promise<Measured> {
  for (const name of ["music", "games", "news"]) rooms.set(name, 0);
  let visited = 0;
  for (const [name, viewers] of rooms) {
    if (++visited >= ENOUGH) break;
    rooms.delete(name);
    rooms.set(`${name}!`, viewers); // guilty
  }
  return { what: "rooms visited", meant: 3, got: visited };
}
