import { scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Exports a hundred rooms, each through a file of its own. */
export async function run(): Promise<Measured> {
  let open = 0;
  let most = 0;
  await scope((s) => {
    for (let room = 0; room < 100; room++) {
      open += 1;
      most = Math.max(most, open);
      // oxlint-disable-next-line barrage/cleanup-in-loop -- the mistake
      s.defer(() => void (open -= 1)); // guilty
    }
  });
  return { what: "files open at once", meant: 1, got: most };
}
