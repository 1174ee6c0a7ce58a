/** Mistakes a caller can make with this package. They are thrown at the call that makes them, never from a frame. */
export const OVERLAY_ERRORS = {
  BARRAGE_OVERLAY_SETTING: "Overlay setting {name} must be {rule}; it is {value}.",
  BARRAGE_OVERLAY_OPTION: "Overlay option {name} must be {rule}; it is {value}.",
  BARRAGE_OVERLAY_NO_CANVAS: "This browser gives no 2d canvas context.",
} as const;

export type OverlayErrorCode = keyof typeof OVERLAY_ERRORS;

/** Registered under the name every Barrage error carries, so that `BarrageError.is` knows ours without an import. */
const BRAND: unique symbol = Symbol.for("barrage.error");

/** A caller's mistake; `code` is a row of `OVERLAY_ERRORS`. */
export class OverlayError extends RangeError {
  readonly [BRAND] = true;
  readonly code: OverlayErrorCode;
  readonly spec: { readonly message: string; readonly retryable: false };

  constructor(code: OverlayErrorCode, fields: Readonly<Record<string, unknown>> = {}) {
    const message = OVERLAY_ERRORS[code];
    super(message.replace(/\{(\w+)\}/g, (_, name: string) => String(fields[name])));
    this.name = "OverlayError";
    this.code = code;
    this.spec = { message, retryable: false };
  }
}
