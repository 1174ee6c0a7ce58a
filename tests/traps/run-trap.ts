/**
 * Runs one trap and prints what came of it as JSON: `node --expose-gc run-trap.ts T01`. A process for each, because
 * some of them leave tasks, timers and sockets behind on purpose.
 */
import { guiltyLines, loadTrap, sourceOf, trapNames } from "./catalogue.ts";
import type { Measured, Program } from "./trap.ts";
import type { Outcome } from "./verdict.ts";

const list = async (program: Program): Promise<readonly Measured[]> => [await program()].flat();

const name = trapNames.find(({ id }) => id === process.argv[2]);
if (name === undefined) throw new Error(`there is no trap ${process.argv[2] ?? ""}`);
const { id, folder, text, reproduction, safe, detect } = await loadTrap(name);
const outcome: Outcome = {
  id,
  title: text.en.title,
  damage: await list(reproduction),
  found: await detect("reproduction"),
  guilty: guiltyLines(sourceOf(folder, "reproduction.ts")),
  safe: await list(safe),
  reported: await detect("safe"),
};
process.stdout.write(JSON.stringify(outcome), () => process.exit(0));
