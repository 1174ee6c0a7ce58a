import { fileURLToPath } from "node:url";
import { go, nextTurn, scope, WaitGroup } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

/** `wg.go` counts in before the task starts, and out however it ends. */
async function addOutside(): Promise<number> {
  const uploads = new WaitGroup({ name: "uploads" });
  let finished = 0;
  let finishedAtWait = 0;
  await scope(async (s) => {
    for (let each = 0; each < 3; each++) {
      uploads.go(() => nextTurn().then(() => void (finished += 1)), { scope: s });
    }
    await uploads.wait();
    finishedAtWait = finished;
  });
  return finishedAtWait;
}

function returnEarly(): void {
  const uploads = new WaitGroup({ name: "uploads" });
  const upload = async (isEmpty: boolean): Promise<void> => {
    if (!isEmpty) await nextTurn();
  };
  uploads.go(() => upload(false));
  uploads.go(() => upload(true));
  const closing = (): Promise<void> => uploads.wait().then(() => void process.stdout.write("all uploaded\n"));
  go(closing);
}

export async function run(): Promise<readonly Measured[]> {
  const finished = await addOutside();
  const { lines } = await child(fileURLToPath(import.meta.url));
  return [
    { what: "uploads finished when the wait returned", meant: 3, got: finished },
    { what: "waits that returned", meant: 1, got: lines.length },
  ];
}

if (import.meta.main) returnEarly();
