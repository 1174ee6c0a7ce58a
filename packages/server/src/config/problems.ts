import { BarrageError } from "@barrage/protocol";
import { SERVER_ERRORS } from "../errors.ts";

/** Where a value came from; the later one wins. */
export type Source = "default" | "file" | "env" | "flag";

export interface ConfigProblem {
  /** The setting's name, or what was written in its place. */
  readonly path: string;
  /** What was given, as a person would write it; masked when secret, empty when the name itself is wrong. */
  readonly value: string;
  readonly rule: string;
  readonly source: Source;
  /** How it was named there: the variable, the flag, or the file's key. */
  readonly name: string;
}

const line = ({ name, value, rule, source }: ConfigProblem): string =>
  `${source} ${name}${value === "" ? "" : ` = ${value}`}: ${rule}`;

/** Everything that is wrong with a configuration, at once. The message has one line for each. */
export class ConfigInvalid extends BarrageError<"SERVER_CONFIG_INVALID"> {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      { code: "SERVER_CONFIG_INVALID", spec: SERVER_ERRORS.SERVER_CONFIG_INVALID },
      { problems: problems.map((problem) => `\n  ${line(problem)}`).join("") },
    );
    this.problems = problems;
  }
}

export const MASK = "(secret)";

/** A value as people see it. */
export const shown = (value: unknown, isSecret: boolean): string => {
  if (value === undefined || value === null) return "(none)";
  if (isSecret) return MASK;
  return typeof value === "string" ? value : JSON.stringify(value);
};
