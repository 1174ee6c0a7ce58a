import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** What the first signal cancels with; `name` is the signal's. */
export class StopRequested extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.name = "StopRequested";
    this.signal = signal;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** 128 + number, as shells report a signal. */
const EXIT_CODE: Readonly<Record<(typeof SIGNALS)[number], number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
};

/**
 * A context that the first stop signal cancels; the second ends the process at once, for whoever cannot wait.
 *
 * Shape      dispose it to hand the signals back.
 */
export function stoppedBySignals(): { readonly ctx: Context } & Disposable {
  const ctx = background.cancellable({ name: "process" });
  const listeners = SIGNALS.map((signal) => {
    const onSignal = (): void => {
      if (ctx.cancelled) process.exit(EXIT_CODE[signal]);
      ctx.cancel(new StopRequested(signal));
    };
    process.on(signal, onSignal);
    return () => process.off(signal, onSignal);
  });
  return {
    ctx,
    [Symbol.dispose]() {
      for (const release of listeners) release();
    },
  };
}
