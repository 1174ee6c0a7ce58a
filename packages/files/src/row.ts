import type { FileOrigin, Mode, Money } from "@barrage/protocol";

interface RowBase {
  /** Place in the video, ms; files of live rooms count from the start of the recording. */
  readonly pts_ms?: number;
  /** Display name of the sender, where the file has one. */
  readonly sender?: string;
  /** The recorder's copy of the original message, a JSON text; kept as it is. */
  readonly raw?: string;
}

/** One danmaku of a file: the publish body's fields, and what only the file knows. */
export interface FileDanmaku extends RowBase {
  readonly kind: "danmaku";
  readonly content: string;
  readonly mode: Mode;
  /** RGB, 0 to 0xffffff. */
  readonly color: number;
  /** Font size as the file has it; `publishBodyOf` brings it into the range a room takes. */
  readonly size: number;
  readonly origin?: FileOrigin;
}

/** A danmaku of mode 7 (advanced), 8 (code) or 9 (BAS): its text is a program, so it is kept but never shown as text. */
export interface FileSpecial extends RowBase {
  readonly kind: "special";
  readonly content: string;
  readonly color: number;
  readonly size: number;
  readonly origin: FileOrigin;
}

export interface FileSuperchat extends RowBase, Money {
  readonly kind: "superchat";
  readonly content: string;
  readonly pin_ms: number;
  readonly uid?: string;
}

export interface FileGift extends RowBase, Money {
  readonly kind: "gift";
  readonly gift_id: string;
  readonly gift_name: string;
  readonly count: number;
  readonly uid?: string;
}

export type FileRow = FileDanmaku | FileSpecial | FileSuperchat | FileGift;

/** An element before the rows that is none itself: `chatid`, the recorder's info. Kept in order. */
export interface HeaderElement {
  readonly name: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A row that will not be shown, and why. */
export interface Skipped {
  /** Ordinal among the rows of the file, from 1. */
  readonly row: number;
  /** Line in the file, from 1; absent in formats read as a whole. */
  readonly line?: number;
  readonly reason: string;
}

/** Places of skipped rows that are remembered; past it only the counts by reason grow. A screen of them is all anybody reads. */
export const SKIPPED_PLACES_MAX = 1_000;

/** What was put right or dropped in rows that are shown all the same, counted by reason. */
export type Noted = Readonly<Record<string, number>>;

/** What a reader has to say of a file besides its rows; bounded in memory whatever the file holds, because reasons are ours. */
export class FileReport {
  readonly skipped: Skipped[] = [];
  readonly #skippedByReason = new Map<string, number>();
  readonly #noted = new Map<string, number>();

  skip(skipped: Skipped): void {
    count(this.#skippedByReason, skipped.reason);
    if (this.skipped.length < SKIPPED_PLACES_MAX) this.skipped.push(skipped);
  }

  note(reason: string, times = 1): void {
    count(this.#noted, reason, times);
  }

  get skippedByReason(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#skippedByReason);
  }

  get noted(): Noted {
    return Object.fromEntries(this.#noted);
  }
}

/** What every reader of a file returns. */
export interface FileContents {
  /** All rows that could be read, in the file's order, specials and paid ones too. */
  readonly rows: readonly FileRow[];
  /** The danmaku among `rows`. */
  readonly danmaku: readonly FileDanmaku[];
  /** First `SKIPPED_PLACES_MAX` rows that are not shown; specials are named here and kept in `rows`. */
  readonly skipped: readonly Skipped[];
  /** All of them, counted. */
  readonly skippedByReason: Readonly<Record<string, number>>;
  readonly noted: Noted;
  /** Characters removed because the format cannot hold them. */
  readonly stripped: number;
}

function count(counts: Map<string, number>, reason: string, times = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + times);
}

export const danmakuOf = (rows: readonly FileRow[]): readonly FileDanmaku[] =>
  rows.filter((row): row is FileDanmaku => row.kind === "danmaku");
