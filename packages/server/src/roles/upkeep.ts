import type { Owner } from "@barrage/engine";
import type { House } from "./house.ts";
import { keepRetention } from "./retention.ts";
import type { Store } from "./store.ts";
import { WordsFile } from "./words-file.ts";

/** What the process with log and rooms looks after: the keyword list's file, and old data. */
export async function startUpkeep(
  { config, log: logger, scope }: House,
  engine: Pick<Owner, "setWords" | "retentionFloor">,
  { log, archive }: Store,
): Promise<void> {
  const { wordsFile, checkEveryMs } = config.moderation;
  if (wordsFile !== null) {
    const words = new WordsFile(
      wordsFile,
      (list) => engine.setWords((content) => list.check(content)),
      logger,
    );
    // A list that is bad from the start keeps the server down: nobody meant to run without it.
    await words.load();
    scope.spawn((ctx) => words.watch(checkEveryMs, ctx), { name: "words file" });
  }
  const retention = { engine, log, archive, policy: config.store.retention, logger };
  scope.spawn((ctx) => keepRetention(retention, ctx), { name: "retention" });
}
