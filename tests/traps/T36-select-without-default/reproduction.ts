import { fileURLToPath } from "node:url";
import { Channel, go, recv, select } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

/** Draws three frames, and looks between them whether it is to stop. */
async function draw(): Promise<void> {
  const stop = new Channel<void>();
  for (let frame = 0; frame < 3; frame++) {
    await select({ stop: recv(stop) });
    process.stdout.write(`frame ${frame}\n`);
  }
}

export async function run(): Promise<Measured> {
  const { lines } = await child(fileURLToPath(import.meta.url));
  return { what: "frames drawn", meant: 3, got: lines.length };
}

if (import.meta.main) {
  go(draw); // guilty
}
