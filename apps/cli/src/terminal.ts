/** Where a command writes: stdout for what it was asked for, stderr for what went wrong on the way. */
export interface Terminal {
  /** One line to stdout. */
  out(line: string): void;
  /** One line to stderr. */
  err(line: string): void;
  /** Raw text to stdout: a progress bar redraws its line. */
  raw(text: string): void;
  /** Does a person watch stdout? */
  readonly isInteractive: boolean;
  /** Columns of the screen; 80 where nobody watches. */
  readonly columns: number;
  /** Rows of the screen; absent where nobody watches. */
  readonly rows?: number | undefined;
}

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  raw: (text) => void process.stdout.write(text),
  get isInteractive() {
    // Absent, not false, on a pipe, whatever its type says.
    const { isTTY } = process.stdout as { readonly isTTY?: boolean };
    return isTTY === true;
  },
  get columns() {
    return this.isInteractive ? process.stdout.columns : 80;
  },
  get rows() {
    return this.isInteractive ? process.stdout.rows : undefined;
  },
};

/** Whoever reads our output may go away: a server goes on without them. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Text of others (file names, titles, server answers) as one harmless line: a terminal obeys control characters. */
export const oneLine = (text: string): string => text.replace(CONTROL, " ").trim();
