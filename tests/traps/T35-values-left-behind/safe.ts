import { Channel, kernelCode, liveTaskCount, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Leaving disposes the channel: who waits to send is refused, and what was left is handed over for counting. */
export async function run(): Promise<Measured> {
  const before = liveTaskCount();
  let undelivered = 0;
  let accepted = 0;
  const first = await scope(async (s) => {
    using found = new Channel<number>(2, { onUndelivered: () => (undelivered += 1) });
    s.spawn(async function search(ctx) {
      try {
        for (let id = 0; id < 10; id++, accepted++) await found.send(id, ctx);
      } catch (error) {
        if (kernelCode(error) !== "KERNEL_CHANNEL_CLOSED") throw error;
      }
    });
    return await found.receive();
  });
  if (accepted !== 1 + undelivered) throw new Error(`${accepted} sent, 1 received, ${undelivered} told of`);
  const left = liveTaskCount() - before;
  return { what: `senders parked after the reader left with ${first.value ?? "none"}`, meant: 0, got: left };
}
