/** What each published text says of itself, so that whoever receives it knows when it was due. */
export interface Mark {
  /** Which run: rooms may hold the texts of others. */
  readonly run: string;
  /** The number of the send in the plan. */
  readonly key: number;
  /** When it was due, ms of the run's clock, which all workers share. */
  readonly dueAt: number;
}

const MARK = /^#([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)(?: |$)/;
const BASE = 36;
const US_PER_MS = 1_000;

export const marked = ({ run, key, dueAt }: Mark, text: string): string =>
  `#${run}.${key.toString(BASE)}.${Math.round(dueAt * US_PER_MS).toString(BASE)} ${text}`;

/** The mark at the start of a text; undefined for a text of somebody else. */
export function readMark(content: string): Mark | undefined {
  const [, run, key, dueAt] = MARK.exec(content) ?? [];
  if (run === undefined || key === undefined || dueAt === undefined) return undefined;
  return { run, key: Number.parseInt(key, BASE), dueAt: Number.parseInt(dueAt, BASE) / US_PER_MS };
}
