import { type Scope, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const greet = (s: Scope, room: string, greeted: string[]): unknown => s.spawn(() => void greeted.push(room));

/** Each task gets its room as a value. */
export async function run(): Promise<Measured> {
  const greeted: string[] = [];
  await scope((s) => {
    for (const room of ["music", "games", "news"]) greet(s, room, greeted);
  });
  return { what: "rooms greeted", meant: "music games news", got: greeted.join(" ") };
}
