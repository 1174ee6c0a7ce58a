import { Channel, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { RoomLedger } from "./ledger.ts";

/** Each viewer has a queue of its own; the bytes in them are shared. */
export async function run(ledger = new RoomLedger()): Promise<Measured> {
  const queues: Channel<Uint8Array>[] = [];
  await scope(async (s) => {
    for (const viewer of ["ana", "bo", "cy"]) {
      const queue = new Channel<Uint8Array>(4);
      queues.push(queue);
      ledger.join(viewer);
      s.spawn(async (ctx) => {
        for await (const _ of queue.values(ctx)) ledger.deliver(viewer);
      });
    }
    for (let id = 0; id < 9; id++) {
      ledger.publish();
      const frame = new TextEncoder().encode(`danmaku ${id}`);
      for (const queue of queues) await queue.send(frame);
    }
    for (const queue of queues) queue.close();
  });
  return { what: "deliveries", meant: 27, got: ledger.delivered };
}
