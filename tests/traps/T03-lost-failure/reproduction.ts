import { fileURLToPath } from "node:url";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

async function archive(id: number): Promise<void> {
  await Promise.resolve();
  if (id === 3) throw new Error("disk full");
}

/** Answers ten requests and archives each on the side. */
async function serve(): Promise<void> {
  for (let id = 1; id <= 10; id++) {
    // oxlint-disable-next-line typescript/no-floating-promises -- the mistake
    archive(id); // guilty
    await new Promise<void>((resolve) => setImmediate(resolve));
    process.stdout.write(`answered ${id}\n`);
  }
}

/** In a process of its own: it does not survive. */
export async function run(): Promise<Measured> {
  const { lines } = await child(fileURLToPath(import.meta.url));
  return { what: "requests answered", meant: 10, got: lines.length };
}

if (import.meta.main) await serve();
