import type { Measured } from "../trap.ts";

interface Room {
  readonly title: string;
  readonly host?: { readonly name: string };
}

const heading = ({ title, host }: Room): string => (host === undefined ? title : `${title} by ${host.name}`);

/** What may be absent is asked for before it is used. */
export async function run(): Promise<Measured> {
  const rooms: readonly Room[] = [{ title: "music", host: { name: "Ana" } }, { title: "empty" }];
  const answers = await Promise.allSettled(rooms.map(async (room) => heading(room)));
  const answered = answers.filter(({ status }) => status === "fulfilled").length;
  return { what: "rooms answered", meant: 2, got: answered };
}
