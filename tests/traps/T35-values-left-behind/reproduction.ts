import { Channel, go, liveTaskCount, nextTurn } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** A reader that looks for one danmaku and leaves when it has found it. */
export async function run(): Promise<Measured> {
  const before = liveTaskCount();
  const found = new Channel<number>(2);
  const search = async (): Promise<void> => {
    for (let id = 0; id < 10; id++) await found.send(id);
    found.close();
  };
  go(search); // guilty
  const first = await found.receive();
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  const left = liveTaskCount() - before;
  return { what: `senders parked after the reader left with ${first.value ?? "none"}`, meant: 0, got: left };
}
