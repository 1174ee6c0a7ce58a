import { dispose } from "../dispose.ts";
import { reportFailure } from "../task/failures.ts";

/**
 * One watcher of requests, or of anything else that begins and ends. Every part is optional; none may change the
 * request.
 */
export interface Hook<Facts, End = void, Failure = unknown> {
  readonly name: string;
  readonly before?: (facts: Facts) => void;
  /** Once for each request, whatever became of it. */
  readonly after?: (facts: Facts, end: End) => void;
  /** Before `after`, when the request has failed. */
  readonly failed?: (facts: Facts, failure: Failure) => void;
}

/**
 * Around every request: before, after, on failure.
 *
 * Shape      `before` in the order they were added, `failed` and `after` in reverse, as brackets close. One that is
 *            added or removed during a request counts from the next call on.
 * Cost       O(hooks), no promise.
 * Errors     none: a hook that throws harms neither the request nor the other hooks; `onError` is told.
 */
export class Hooks<Facts, End = void, Failure = unknown> {
  #entries: ReadonlyArray<{ readonly hook: Hook<Facts, End, Failure> }> = [];
  readonly #onError: (name: string, error: unknown) => void;

  constructor(onError: (name: string, error: unknown) => void = (name, error) => reportFailure(error, name)) {
    this.#onError = onError;
  }

  /** Dispose what it gives to remove the hook. */
  add(hook: Hook<Facts, End, Failure>): Disposable {
    // An entry of its own, so that the same hook can be added twice and each one leaves alone.
    const entry = { hook };
    this.#entries = [...this.#entries, entry];
    return {
      [dispose]: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  before(facts: Facts): void {
    for (const { hook } of this.#entries) this.#tell(hook, () => hook.before?.(facts));
  }

  failed(facts: Facts, failure: Failure): void {
    for (const { hook } of this.#entries.toReversed()) this.#tell(hook, () => hook.failed?.(facts, failure));
  }

  after(facts: Facts, end: End): void {
    for (const { hook } of this.#entries.toReversed()) this.#tell(hook, () => hook.after?.(facts, end));
  }

  /** Runs a body between `before` and `after`; what it throws is told to `failed` and thrown on. */
  async around<T>(
    facts: Facts,
    body: () => T | PromiseLike<T>,
    ends: { readonly end: () => End; readonly failure: (error: unknown) => Failure },
  ): Promise<T> {
    this.before(facts);
    try {
      return await body();
    } catch (error) {
      this.failed(facts, ends.failure(error));
      throw error;
    } finally {
      this.after(facts, ends.end());
    }
  }

  #tell({ name }: { readonly name: string }, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#onError(name, error);
    }
  }
}
