import { performance } from "node:perf_hooks";
import { nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Renders two thousand thumbnails, all of them at once. */
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
  await scope((s) => {
    for (let image = 0; image < 2_000; image++) {
      s.spawn(thumbnail); // guilty
    }
  });
  return [
    { what: "images held at once", meant: 8, got: most },
    { what: "images done before sockets had a turn", meant: 8, got: mostInOneTurn },
  ];
}
