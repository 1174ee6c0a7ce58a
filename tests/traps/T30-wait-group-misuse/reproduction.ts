import { fileURLToPath } from "node:url";
import { go, nextTurn, scope, WaitGroup } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

/** Three uploads that count themselves in, one after the other. */
async function addInside(log: (error: unknown) => void): Promise<number> {
  const uploads = new WaitGroup({ name: "uploads" });
  let finished = 0;
  let finishedAtWait = 0;
  const uploadAll = async (): Promise<void> => {
    for (let file = 0; file < 3; file++) {
      uploads.add(); // guilty
      await nextTurn();
      finished += 1;
      uploads.done();
    }
  };
  await scope((s) => {
    s.spawn(() => uploadAll().catch(log));
    s.spawn(async (ctx) => {
      await uploads.wait(ctx);
      finishedAtWait = finished;
    });
  });
  return finishedAtWait;
}

/** One of two uploads returns early and does not count itself out. */
function missingDone(): void {
  const uploads = new WaitGroup({ name: "uploads" });
  uploads.add(2);
  const upload = async (isEmpty: boolean): Promise<void> => {
    if (isEmpty) return;
    uploads.done();
  };
  go(() => upload(false));
  go(() => upload(true));
  const closing = (): Promise<void> => uploads.wait().then(() => void process.stdout.write("all uploaded\n"));
  go(closing); // guilty
}

export async function run(log: (error: unknown) => void = () => undefined): Promise<readonly Measured[]> {
  const finished = await addInside(log);
  const { lines } = await child(fileURLToPath(import.meta.url));
  return [
    { what: "uploads finished when the wait returned", meant: 3, got: finished },
    { what: "waits that returned", meant: 1, got: lines.length },
  ];
}

if (import.meta.main) missingDone();
