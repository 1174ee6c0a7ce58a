import { performance } from "node:perf_hooks";
import { Channel, type Context, nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Renders two thousand thumbnails, eight at a time. */
export async function run(): Promise<readonly Measured[]> {
  let inFlight = 0;
  let most = 0;
  let turn = -1;
  let inThisTurn = 0;
  let mostInOneTurn = 0;
  const thumbnail = async (): Promise<void> => {
    most = Math.max(most, ++inFlight);
    await nextTurn(); // the file is read; what follows is work
    const { loopCount } = performance.nodeTiming.uvMetricsInfo;
    inThisTurn = loopCount === turn ? inThisTurn + 1 : 1;
    turn = loopCount;
    mostInOneTurn = Math.max(mostInOneTurn, inThisTurn);
    inFlight -= 1;
  };
  const images = new Channel<number>();
  await scope((s) => {
    s.spawn(async function list(ctx) {
      for (let image = 0; image < 2_000; image++) await images.send(image, ctx);
      images.close();
    });
    const worker = async (ctx: Context): Promise<void> => {
      for await (const _ of images.values(ctx)) await thumbnail();
    };
    for (let each = 0; each < 8; each++) s.spawn(worker);
  });
  return [
    { what: "images held at once", meant: 8, got: most },
    { what: "images done before sockets had a turn", meant: 8, got: mostInOneTurn },
  ];
}
