import { scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Greets each room in a task of its own, all of which share one variable. */
export async function run(): Promise<Measured> {
  const greeted: string[] = [];
  await scope((s) => {
    let room = "";
    for (room of ["music", "games", "news"]) {
      // oxlint-disable-next-line barrage/mutable-capture -- the mistake
      s.spawn(() => void greeted.push(room)); // guilty
    }
  });
  return { what: "rooms greeted", meant: "music games news", got: greeted.join(" ") };
}
