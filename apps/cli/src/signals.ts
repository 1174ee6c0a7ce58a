import { closeSync, openSync } from "node:fs";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Hangups } from "./command.ts";

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

/** SIGHUP has two senders: an operator, and the system when the terminal is closed. The second leaves none behind. */
function terminalIsClosed(): boolean {
  const hadOne = [process.stdin, process.stdout, process.stderr].some(
    (stream) => (stream as { readonly isTTY?: boolean }).isTTY === true,
  );
  if (!hadOne) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    // ENXIO: there is no terminal any more.
    return true;
  }
}

/**
 * A context that the first stop signal cancels; the second ends the process at once, for whoever cannot wait. Whoever
 * has taken the hangups hears of them instead, unless it is the terminal that is gone.
 *
 * Shape      dispose it to hand the signals back.
 */
export function stoppedBySignals(): { readonly ctx: Context; readonly hangups: Hangups } & Disposable {
  const ctx = background.cancellable({ name: "process" });
  let onHangup: (() => void) | undefined;
  const listeners = SIGNALS.map((signal) => {
    const onSignal = (): void => {
      if (signal === "SIGHUP" && onHangup !== undefined && !ctx.cancelled && !terminalIsClosed())
        return onHangup();
      if (ctx.cancelled) process.exit(EXIT_CODE[signal]);
      ctx.cancel(new StopRequested(signal));
    };
    process.on(signal, onSignal);
    return () => process.off(signal, onSignal);
  });
  return {
    ctx,
    hangups: {
      take(listener) {
        onHangup = listener;
        return { [Symbol.dispose]: () => (onHangup = undefined) };
      },
    },
    [Symbol.dispose]() {
      for (const release of listeners) release();
    },
  };
}
