import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { WordList } from "@barrage/engine";
import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { reasonOf, serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Larger than the longest list that is allowed; a file this size was named by mistake. */
const WORDS_FILE_MAX_BYTES = 64 * 1_048_576;

/** What was seen of the file: by its stamp a change is suspected, by its hash it is proved. */
interface Seen {
  readonly stamp: string;
  readonly hash: string;
}

/**
 * The keyword list of a file, loaded again when the file changes.
 *
 * Shape      one task looks; the list given to `onWords` is whole or not given at all.
 * Errors     `load` throws SERVER_WORDS_UNREADABLE with what is wrong in the list; while watching, each is logged once
 *            per change and the list in force stays.
 */
export class WordsFile {
  private readonly path: string;
  private readonly onWords: (words: WordList) => void;
  private readonly log: Logger;
  private seen: Seen = { stamp: "", hash: "" };

  constructor(path: string, onWords: (words: WordList) => void, log: Logger) {
    this.path = path;
    this.onWords = onWords;
    this.log = log;
  }

  /** Reads the file if it has changed; true when a new list is in force. */
  async load(): Promise<boolean> {
    const { path } = this;
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.seen.stamp) return false;
      if (size > WORDS_FILE_MAX_BYTES) throw new RangeError(`it has over ${WORDS_FILE_MAX_BYTES} bytes`);
      const bytes = await readFile(path);
      const hash = createHash("sha256").update(bytes).digest("base64");
      const isSame = hash === this.seen.hash;
      // Noted before the list is parsed: a bad one is complained of once, not every second.
      this.seen = { stamp, hash };
      if (isSame) return false;
      const words = WordList.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      this.onWords(words);
      this.log.info({ path, words: words.size }, "the word list is in force");
      return true;
    } catch (error) {
      throw serverError("SERVER_WORDS_UNREADABLE", { path, reason: reasonOf(error) }, error);
    }
  }

  /** Until cancelled. */
  async watch(everyMs: number, ctx: Context): Promise<void> {
    using ticker = new Ticker(everyMs, ctx);
    let complaint = "";
    for await (const _ of ticker) {
      try {
        if (await this.load()) complaint = "";
      } catch (error) {
        const message = reasonOf(error);
        if (message !== complaint) this.log.error({ err: error }, "the old word list stays in force");
        complaint = message;
      }
    }
  }
}
