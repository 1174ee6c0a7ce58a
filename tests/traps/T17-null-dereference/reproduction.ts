import type { Measured } from "../trap.ts";

interface Room {
  readonly title: string;
  /** Absent until somebody has gone live in it. */
  readonly host?: { readonly name: string };
}

// @ts-expect-error -- the mistake
const heading = (room: Room): string => `${room.title} by ${room.host.name}`; // guilty

/** Answers a page of rooms. */
export async function run(): Promise<Measured> {
  const rooms: readonly Room[] = [{ title: "music", host: { name: "Ana" } }, { title: "empty" }];
  const answers = await Promise.allSettled(rooms.map(async (room) => heading(room)));
  const answered = answers.filter(({ status }) => status === "fulfilled").length;
  return { what: "rooms answered", meant: 2, got: answered };
}
