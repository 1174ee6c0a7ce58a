/** Rows of one answer, whatever was asked for: SQLite takes a negative LIMIT for none at all. */
export const ROWS_MAX = 4_096;

export const rowLimit = (limit: number): number => Math.max(0, Math.min(Math.trunc(limit), ROWS_MAX));
