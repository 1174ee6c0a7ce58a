/** Where cases come from: how many it has, and which of them are left out and why. */
export interface Source {
  readonly name: string;
  /** Number of its cases: its test functions, or the rows of its table. */
  readonly cases: number;
  /** Reasons, with the names of the cases that are left out for each. */
  readonly leftOut?: Readonly<Record<string, readonly string[]>>;
}
