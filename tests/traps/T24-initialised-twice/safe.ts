import { onceValue } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { type Connect, storeMaker } from "./store.ts";

/** Everybody waits for the one run, and gets what it made when that is ready. */
async function twoRequests(connect: Connect): Promise<readonly number[]> {
  const ready = onceValue(async () => {
    const store = connect();
    await store.load();
    return store;
  });
  const request = async (): Promise<number> => (await ready()).rooms();
  return Promise.all([request(), request()]);
}

export async function run(make = storeMaker): Promise<readonly Measured[]> {
  const first = make();
  const rooms = await twoRequests(first.connect);
  const second = make();
  await twoRequests(second.connect);
  return [
    { what: "rooms that two requests saw", meant: "3 3", got: rooms.join(" ") },
    { what: "stores opened", meant: 1, got: second.opened() },
  ];
}
