import type { Owner } from "@barrage/engine";
import type { House } from "./house.ts";
import { keepRetention } from "./retention.ts";
import type { Store } from "./store.ts";
import { WordsFile } from "./words-file.ts";

/** The keyword list's file, if there is one: in force from now on, and again whenever it changes. */
export async function startWords(
  { config, log: logger, scope }: House,
  engine: Pick<Owner, "setWords">,
): Promise<void> {
  const { wordsFile, checkEveryMs } = config.moderation;
  if (wordsFile === null) return;
  const words = new WordsFile(wordsFile, (list) => engine.setWords((content) => list.check(content)), logger);
  // A list that is bad from the start keeps the server down: nobody meant to run without it.
  await words.load();
  scope.spawn((ctx) => words.watch(checkEveryMs, ctx), { name: "words file" });
}

/** What the process with log and rooms looks after: the keyword list's file, and old data. */
export async function startUpkeep(
  house: House,
  engine: Pick<Owner, "setWords" | "retentionFloor">,
  { log, archive }: Store,
): Promise<void> {
  const { config, log: logger, scope } = house;
  await startWords(house, engine);
  const retention = { engine, log, archive, policy: config.store.retention, logger };
  scope.spawn((ctx) => keepRetention(retention, ctx), { name: "retention" });
}
