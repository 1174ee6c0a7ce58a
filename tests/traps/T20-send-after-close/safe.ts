import { nextTurn, scope, TwoPhaseClose } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** The end is announced first: the writer learns of it as an answer, and accepts nothing more. */
export async function run(log: (error: unknown) => void = () => undefined): Promise<Measured> {
  const room = new TwoPhaseClose<number>(8, { name: "room" });
  let accepted = 0;
  let delivered = 0;
  await scope((s) => {
    const writer = room.writer();
    s.spawn(async (ctx) => {
      using _left = writer;
      for (let id = 0; id < 5; id++) {
        if ((await writer?.send(id, ctx).catch(log)) !== "sent") return;
        accepted += 1;
        await nextTurn();
      }
    });
    s.spawn(async (ctx) => {
      for await (const _ of room.receiver.values(ctx)) if (++delivered === 2) room.announce();
    });
  });
  return { what: "accepted and not delivered", meant: 0, got: accepted - delivered };
}
