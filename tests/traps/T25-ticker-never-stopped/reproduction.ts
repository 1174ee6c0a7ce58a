import { background, Ticker } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

/** Refreshes a number and beats a drum for each viewer; nothing stops when the viewer goes. */
function watchRoom(refresh: () => void): void {
  const beat = new Ticker(1_000, background); // guilty
  void beat.next().then(refresh);
  // oxlint-disable-next-line barrage/timer-never-cleared -- the mistake
  setInterval(refresh, 1_000); // guilty
}

export async function run(): Promise<Measured> {
  const before = timers();
  for (let viewer = 0; viewer < 10; viewer++) watchRoom(() => undefined);
  return { what: "timers after the viewers have gone", meant: 0, got: timers() - before };
}
