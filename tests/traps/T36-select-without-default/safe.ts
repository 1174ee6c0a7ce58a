import { fileURLToPath } from "node:url";
import { after, Channel, go, recv, select, trySelect } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

const FRAME_MS = 1;

/** Looks without waiting; and where it waits, it waits no longer than a frame. */
async function draw(): Promise<void> {
  const stop = new Channel<void>();
  for (let frame = 0; frame < 3; frame++) {
    if (trySelect({ stop: recv(stop) }) !== undefined) return;
    process.stdout.write(`frame ${frame}\n`);
    const next = await select({ stop: recv(stop), beat: after(FRAME_MS) });
    if (next.case === "stop") return;
  }
}

export async function run(): Promise<Measured> {
  const { lines } = await child(fileURLToPath(import.meta.url));
  return { what: "frames drawn", meant: 3, got: lines.length };
}

if (import.meta.main) {
  go(draw);
}
