/** One row of a package's error table: everything any reader (code, wire, docs, alert) may need. */
export interface ErrorSpec {
  /** Human sentence. `{name}` is replaced by the field of that name. Never carries secrets or user text. */
  readonly message: string;
  /** May the same call succeed later with nothing changed by the caller? */
  readonly retryable: boolean;
  /** HTTP status sent by ingest; absent when the error never reaches HTTP. */
  readonly http?: number;
  /** WebSocket close code sent by the gateway; absent when the connection survives. */
  readonly close?: number;
}

export type ErrorFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const BRAND: unique symbol = Symbol.for("barrage.error");

/** An expected failure. Callers branch on `code`; people read `message`; `cause` keeps the first failure. */
export class BarrageError<Code extends string = string> extends Error {
  readonly [BRAND] = true;
  readonly code: Code;
  readonly spec: ErrorSpec;
  readonly fields: ErrorFields;

  /** Only `defineErrors` calls this: a code is never typed beside a row that is not its own. */
  constructor(
    row: { readonly code: Code; readonly spec: ErrorSpec },
    fields: ErrorFields,
    options?: ErrorOptions,
  ) {
    super(
      row.spec.message.replace(/\{(\w+)\}/g, (_, key: string) => String(fields[key])),
      options,
    );
    this.name = "BarrageError";
    this.code = row.code;
    this.spec = row.spec;
    this.fields = fields;
  }

  /** True for our errors even when two copies of this package are loaded, which breaks `instanceof`. */
  static is(value: unknown): value is BarrageError {
    return typeof value === "object" && value !== null && BRAND in value && "spec" in value;
  }
}

/** May the same be tried again? Of what is no error of ours nobody knows. */
export const isRetryable = (error: unknown): boolean => BarrageError.is(error) && error.spec.retryable;

/** Makes the one function that builds a package's errors from its table. */
export function defineErrors<Code extends string>(table: Readonly<Record<Code, ErrorSpec>>) {
  return <C extends Code>(code: C, fields: ErrorFields = {}, cause?: unknown): BarrageError<C> =>
    new BarrageError({ code, spec: table[code] }, fields, cause === undefined ? undefined : { cause });
}

/** What a peer may see of an error: code and the table's sentence, never stack or cause. */
export interface PublicError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export const toPublicError = (error: BarrageError): PublicError => ({
  code: error.code,
  message: error.message,
  retryable: error.spec.retryable,
});
