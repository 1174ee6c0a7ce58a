/** Where in a scenario: names of fields and places in lists. */
export type Path = readonly (string | number)[];

/** Something in a scenario that cannot be. */
export interface Problem {
  readonly at: Path;
  readonly what: string;
}

/** `stages[1].rate`; the scenario itself is empty. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
