import { Channel, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { RoomLedger } from "./ledger.ts";

/** Nine danmaku for three viewers who receive from the room's one channel. */
export async function run(ledger = new RoomLedger()): Promise<Measured> {
  const room = new Channel<string>();
  await scope(async (s) => {
    for (const viewer of ["ana", "bo", "cy"]) {
      ledger.join(viewer); // guilty
      s.spawn(async (ctx) => {
        for await (const _ of room.values(ctx)) ledger.deliver(viewer);
      });
    }
    for (let id = 0; id < 9; id++) {
      ledger.publish();
      await room.send(`danmaku ${id}`);
    }
    room.close();
  });
  return { what: "deliveries", meant: 27, got: ledger.delivered };
}
