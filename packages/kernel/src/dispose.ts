// Safari and older browsers have no Symbol.dispose. Compilers that lower `using` fall back to the registered
// symbol of the same name, so both sides meet there.
const known = Symbol as { readonly dispose?: symbol; readonly asyncDispose?: symbol };

/** `Symbol.dispose`, also where the platform lacks it. */
export const dispose: typeof Symbol.dispose = (known.dispose ??
  Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;

/** `Symbol.asyncDispose`, also where the platform lacks it. */
export const asyncDispose: typeof Symbol.asyncDispose = (known.asyncDispose ??
  Symbol.for("Symbol.asyncDispose")) as typeof Symbol.asyncDispose;
