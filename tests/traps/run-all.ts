import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { scope } from "@barrage/kernel";
import { type TrapName, trapNames } from "./catalogue.ts";
import type { Outcome, Ran } from "./verdict.ts";

const RUN_TRAP = fileURLToPath(new URL("run-trap.ts", import.meta.url));
// A trap takes a second or two (ms); one that hangs must end, and be seen.
const TRAP_LIMIT_MS = 50_000;

/** Runs one trap in a process of its own; throws with what it wrote when that ends badly. */
export async function runTrap({ id }: TrapName): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", RUN_TRAP, id], {
    timeout: TRAP_LIMIT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Outcome;
}

/** Runs traps beside each other, as many as there are cores; what each gave, in their order. */
export function runTraps(names: readonly TrapName[] = trapNames): Promise<ReadonlyMap<string, Ran>> {
  const limit = availableParallelism();
  return scope(
    async (s) => {
      const tasks = names.map((name) => ({
        name,
        task: s.spawn(() =>
          runTrap(name).then(
            (outcome): Ran => ({ outcome }),
            (error: unknown): Ran => ({ failure: String(error) }),
          ),
        ),
      }));
      const ran = new Map<string, Ran>();
      for (const { name, task } of tasks) ran.set(name.id, await task);
      return ran;
    },
    { name: "traps", limit },
  );
}
