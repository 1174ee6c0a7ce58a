import { Channel, nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** The room ends after two danmaku; whoever accepts them has not heard of it. */
export async function run(log: (error: unknown) => void = () => undefined): Promise<Measured> {
  const room = new Channel<number>(8, { name: "room" });
  let accepted = 0;
  let delivered = 0;
  await scope((s) => {
    s.spawn(async () => {
      for (let id = 0; id < 5; id++) {
        accepted += 1;
        await room.send(id).catch(log); // guilty
        await nextTurn();
      }
    });
    s.spawn(async () => {
      for await (const _ of room) if (++delivered === 2) room.close();
    });
  });
  return { what: "accepted and not delivered", meant: 0, got: accepted - delivered };
}
