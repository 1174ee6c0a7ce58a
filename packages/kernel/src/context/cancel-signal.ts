/** What the kernel itself needs of an abort signal, for programs whose platform types declare none. */
export interface BareSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The `AbortSignal` of the program that compiles against this package: the DOM's, Node's, or the bare one where
 * neither is declared. Declaring it globally here would clash with both.
 */
export type CancelSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : BareSignal;
