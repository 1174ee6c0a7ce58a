import { type Context, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

/** Two hundred viewers ask for a stream at once; there is room for 64. */
export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  let streams = 0;
  let most = 0;
  const stream = async (ctx: Context): Promise<void> => {
    most = Math.max(most, ++streams);
    await sleep(60_000, ctx);
    streams -= 1;
  };
  const serving = scope(
    (s) => {
      for (let viewer = 0; viewer < 200; viewer++) {
        s.spawn(stream); // guilty
      }
    },
    { parent: rootContext({ clock }) },
  );
  await clock.advance(60_000);
  await serving;
  return { what: "streams at once", meant: 64, got: most };
}
