import type { ErrorFields } from "@barrage/protocol";
import type { StoreErrorCode } from "../errors.ts";

/** What a database thread offers: named operations, each run to its end before the next. */
export type Operations = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Call {
  readonly id: number;
  readonly operation: string;
  readonly args: readonly unknown[];
}

/** An error as it crosses the thread boundary, where classes do not survive. */
export interface Fault {
  readonly code: StoreErrorCode;
  readonly fields: ErrorFields;
}

export type Reply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault };

/** Id of the reply that says how the file's opening went. */
export const OPENED = 0;
/** The one operation that every thread has: it ends it. */
export const CLOSE_OPERATION = "close";
