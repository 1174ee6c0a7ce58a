import { type Context, isCancelled, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

/** Reads ten pages of history, a tenth of a second each. */
async function readHistory(ctx: Context, pages: number[]): Promise<void> {
  for (let page = 0; page < 10; page++) {
    await sleep(100, ctx);
    pages.push(page);
  }
}

function unlessCancelled(error: unknown): void {
  if (!isCancelled(error)) throw error;
}

/** The client goes away after a quarter of a second. */
export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  const server = rootContext({ clock });
  const pages: number[] = [];
  using request = server.cancellable();
  const handled = scope(
    (s) => {
      s.spawn((ctx) => readHistory(ctx, pages), { name: "history" });
    },
    { parent: request },
  ).catch(unlessCancelled);
  await clock.advance(250);
  request.cancel();
  const readBefore = pages.length;
  await clock.advance(5_000);
  await handled;
  return { what: "pages read after the client had gone", meant: 0, got: pages.length - readBefore };
}
