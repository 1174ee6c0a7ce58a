import { type Context, isCancelled, rootContext, type Scope, scope, Semaphore, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

const PATIENCE_MS = 500;

/** Two hundred viewers ask at once: 64 get a stream, the others wait half a second and are told 503. */
export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  const gate = new Semaphore(64, { name: "streams" });
  const refused: number[] = [];
  let streams = 0;
  let most = 0;
  const stream = async (ctx: Context): Promise<void> => {
    most = Math.max(most, ++streams);
    await sleep(60_000, ctx);
    streams -= 1;
  };
  const admit = async (server: Context, s: Scope): Promise<void> => {
    using patience = server.cancellable({ timeout: PATIENCE_MS });
    try {
      const permit = await gate.acquire(1, patience);
      s.spawn((ctx) => stream(ctx).finally(() => permit[Symbol.dispose]()), { name: "stream" });
    } catch (error) {
      if (!isCancelled(error)) throw error;
      refused.push(503);
    }
  };
  const server = rootContext({ clock });
  const everybody = Array.from({ length: 200 });
  const serving = scope((s) => Promise.all(everybody.map(() => admit(server, s))), { parent: server });
  await clock.advance(61_000);
  await serving;
  if (refused.length !== 136) throw new Error(`${refused.length} viewers were refused`);
  return { what: "streams at once", meant: 64, got: most };
}
