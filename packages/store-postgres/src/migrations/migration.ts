import { createHash } from "node:crypto";

/** One step of the database's form. Never changed once released: a later one corrects it. */
export interface Migration {
  /** 1 for the first, and one more each. */
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** What a database remembers of a migration, so that a changed one is noticed. */
export const checksumOf = ({ name, sql }: Migration): string =>
  createHash("sha256").update(`${name}\n${sql}`).digest("hex");
