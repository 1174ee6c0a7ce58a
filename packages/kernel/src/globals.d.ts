/**
 * The web-standard globals this package may use. It is the allow-list: whatever is not here cannot be reached,
 * because the package compiles with `types: []` and without the DOM library.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare const AbortController: { new (): AbortController };

declare const performance: { now(): number };

declare function setTimeout(fn: () => void, ms: number): object | number;
declare function clearTimeout(handle: object | number): void;

/** Node's macrotask; absent in browsers, so it is tested for before use. */
declare const setImmediate: ((fn: () => void) => unknown) | undefined;

interface MessagePort {
  addEventListener(type: "message", listener: () => void): void;
  start(): void;
  postMessage(message: unknown): void;
}
declare const MessageChannel: { new (): { port1: MessagePort; port2: MessagePort } } | undefined;
