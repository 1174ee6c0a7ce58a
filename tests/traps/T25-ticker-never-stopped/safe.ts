import { background, type Context, scope, Ticker } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

/** The ticker is the viewer's, by context and by `using`. */
async function watchRoom(refresh: () => void, viewer: Context): Promise<void> {
  using beat = new Ticker(1_000, viewer);
  for await (const _ of beat) refresh();
}

export async function run(): Promise<Measured> {
  const before = timers();
  for (let viewer = 0; viewer < 10; viewer++) {
    using gone = background.cancellable();
    const watching = scope((s) => void s.spawn((ctx) => watchRoom(() => undefined, ctx)), { parent: gone });
    gone.cancel();
    await watching.catch(() => undefined); // it was cancelled, which is how a viewer goes
  }
  return { what: "timers after the viewers have gone", meant: 0, got: timers() - before };
}
