import type { ArgsDef } from "citty";
import type { Context } from "@barrage/kernel";
import type { Ahead, Wanted } from "@barrage/server/light";
import type { Terminal } from "./terminal.ts";

/** The wish to take the configuration up again, as SIGHUP says it. */
export interface Hangups {
  /** From now on `listener` hears of it, instead of the command being stopped; until disposed. */
  take(listener: () => void): Disposable;
}

/** This process as one that a supervisor keeps up. */
export interface Supervised {
  /** Resolves when it is to begin. Until then it may get ready. */
  wanted<P extends AsyncDisposable>(ahead: Ahead<P>): Promise<Wanted<P>>;
  /** It takes work from now on. */
  serves(): void;
}

/** What a command runs with. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Cancelled by the first SIGINT or SIGTERM. */
  readonly ctx: Context;
  /** Absent where there are no signals. */
  readonly hangups?: Hangups;
  /** Absent in a process that nobody keeps up. */
  readonly supervised?: Supervised;
}

/** One subcommand of `barrage`. */
export interface Command {
  /** As typed: `replay`. */
  readonly name: string;
  readonly description: string;
  readonly args: ArgsDef;
  /** What the options' lines have no room for: paragraphs of the help, each under its name. */
  readonly details?: readonly (readonly [name: string, lines: readonly string[]])[];
  /** Whole lines as a person types them, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Resolves to the exit code; throws what `reportFailure` can say. */
  run(values: Values, around: Surroundings): Promise<number>;
}

/** The values given for a command's options, by their names. */
export class Values {
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given;
  }

  /** The text of an option or argument; undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.#given[name];
    return typeof value === "string" ? value : undefined;
  }

  /** A switch; undefined when neither it nor its negation was given. */
  switch(name: string): boolean | undefined {
    const value = this.#given[name];
    return typeof value === "boolean" ? value : undefined;
  }

  /** A required argument: the parser has refused its absence already. */
  required(name: string): string {
    return this.text(name) ?? "";
  }
}
