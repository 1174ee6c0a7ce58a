import { Channel, type Context, kernelCode, retry, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

const BACKOFF = { attempts: 8, base: 10, jitter: "none" } as const;

/** Offers again after 10, 20, 40 ms ...; false when the value has to be shed after all. */
async function offerPatiently<T>(queue: Channel<T>, value: T, ctx: Context): Promise<boolean> {
  const offer = (): void => {
    if (!queue.trySend(value)) throw new Error("the queue is full");
  };
  try {
    await retry(offer, BACKOFF, ctx);
    return true;
  } catch (error) {
    if (kernelCode(error) === "KERNEL_RETRIES_FAILED") return false;
    throw error;
  }
}

/** What finds no room waits for it, with growing pauses, and what is shed in the end is counted. */
export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  const queue = new Channel<number>(4);
  let received = 0;
  let shed = 0;
  const burst = scope(
    (s) => {
      s.spawn(async (ctx) => {
        for (let id = 0; id < 10; id++) if (!(await offerPatiently(queue, id, ctx))) shed += 1;
        queue.close();
      });
      s.spawn(async (ctx) => {
        for await (const _ of queue.values(ctx)) {
          await sleep(15, ctx);
          received += 1;
        }
      });
    },
    { parent: rootContext({ clock }) },
  );
  await clock.advance(10_000);
  await burst;
  return { what: "danmaku received", meant: 10, got: received + shed === 10 ? received : "uncounted loss" };
}
