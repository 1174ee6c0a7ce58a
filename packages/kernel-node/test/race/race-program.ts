import { Channel, go, nextTurn } from "@barrage/kernel";

export interface Cell {
  v: number;
}

export type Program = (x: Cell, y: Cell) => Promise<void>;

/** Reads, gives the others a chance, writes. */
export async function update(cell: Cell): Promise<void> {
  const old = cell.v;
  await nextTurn();
  cell.v = old + 1;
}

/** A goroutine. */
export const start = (body: () => Promise<unknown>): unknown => go(body, { name: "goroutine" });

/** What stands for `done <- true` of a goroutine nobody else waits for: the program waits for all of them at its end. */
export function pair(one: () => Promise<unknown>, two: () => Promise<unknown>): Program {
  return async () => {
    const done = new Channel<void>(2);
    for (const body of [one, two]) start(async () => (await body(), await done.send()));
    await done.receive();
    await done.receive();
  };
}

/** A pair over fresh state. */
export const both =
  (make: (x: Cell, y: Cell) => readonly [() => Promise<unknown>, () => Promise<unknown>]): Program =>
  async (x, y) => {
    await pair(...make(x, y))(x, y);
  };
