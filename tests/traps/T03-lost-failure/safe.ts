import { fileURLToPath } from "node:url";
import { go, nextTurn, onTaskFailure } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

async function archive(id: number): Promise<void> {
  await Promise.resolve();
  if (id === 3) throw new Error("disk full");
}

/** Each archiving is a task of the application: its failure reaches the handler, by name, and nothing else. */
async function serve(): Promise<void> {
  using _handler = onTaskFailure(({ name, error }) => process.stderr.write(`${name}: ${String(error)}\n`));
  for (let id = 1; id <= 10; id++) {
    go(() => archive(id), { name: `archive ${id}` });
    await nextTurn();
    process.stdout.write(`answered ${id}\n`);
  }
}

export async function run(): Promise<Measured> {
  const { lines, errors } = await child(fileURLToPath(import.meta.url));
  if (errors !== "archive 3: Error: disk full\n") throw new Error(`the failure was not told: ${errors}`);
  return { what: "requests answered", meant: 10, got: lines.length };
}

if (import.meta.main) await serve();
