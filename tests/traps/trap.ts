/** What a program did, against what its author meant. Where the two are equal there is no damage. */
export interface Measured {
  readonly what: string;
  readonly meant: number | string;
  readonly got: number | string;
}

/** What `reproduction.ts` and `safe.ts` export as `run`: the same work, measured in the same way. */
export type Program = () => Promise<Measured | readonly Measured[]>;

export type Subject = "reproduction" | "safe";

/** What a tool says of a program: who is guilty, and on which line of it. */
export interface Finding {
  readonly tool: string;
  readonly guilty: string;
  readonly line: number;
}

/** What `detection.ts` exports as `detect`. It knows the program only as something to run or to read. */
export type Detect = (subject: Subject) => Promise<readonly Finding[]>;

export interface TrapText {
  readonly title: string;
  /** What happens in Node. */
  readonly happens: string;
  /** How it shows, and which tool names it. */
  readonly shows: string;
  /** How to write it instead. */
  readonly instead: string;
}

/** What `text.ts` exports as `text`. */
export interface Texts {
  readonly en: TrapText;
  readonly zh: TrapText;
}
