import type { Measured } from "../trap.ts";

/** The loop goes over a snapshot. */
export async function run(rooms = new Map<string, number>()): Promise<Measured> {
  for (const name of ["music", "games", "news"]) rooms.set(name, 0);
  let visited = 0;
  for (const [name, viewers] of Array.from(rooms)) {
    visited += 1;
    rooms.delete(name);
    rooms.set(`${name}!`, viewers);
  }
  return { what: "rooms visited", meant: 3, got: visited };
}
