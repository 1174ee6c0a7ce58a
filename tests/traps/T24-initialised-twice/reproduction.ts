import type { Measured } from "../trap.ts";
import { type Connect, type Store, storeMaker } from "./store.ts";

/** One request waits for the store to load; the other finds it there, and uses it as it is. */
async function eager(connect: Connect): Promise<readonly number[]> {
  let store: Store | undefined;
  const request = async (): Promise<number> => {
    if (store === undefined) {
      store = connect();
      await store.load();
    }
    return store.rooms(); // guilty
  };
  return Promise.all([request(), request()]);
}

/** Two requests find no store, and each makes one. */
async function lazy(connect: Connect): Promise<void> {
  let store: Store | undefined;
  const request = async (): Promise<void> => {
    if (store !== undefined) return;
    const fresh = connect(); // guilty
    await fresh.load();
    store = fresh;
  };
  await Promise.all([request(), request()]);
}

export async function run(make = storeMaker): Promise<readonly Measured[]> {
  const first = make();
  const rooms = await eager(first.connect);
  const second = make();
  await lazy(second.connect);
  return [
    { what: "rooms that two requests saw", meant: "3 3", got: rooms.join(" ") },
    { what: "stores opened", meant: 1, got: second.opened() },
  ];
}
