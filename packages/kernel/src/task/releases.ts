import { asyncDispose, dispose } from "../dispose.ts";
import { NotDisposableError } from "../errors.ts";

type Release = () => void | PromiseLike<void>;

/** What has to be released at the end, in reverse order. One failing release does not stop the others. */
export class Releases {
  private readonly stack: Release[] = [];

  defer(release: Release): void {
    this.stack.push(release);
  }

  /** Takes the method that disposes it now, as `using` does; without one it is refused, here and not at the end. */
  use(resource: Disposable | AsyncDisposable): void {
    const own = resource as { readonly [asyncDispose]?: unknown; readonly [dispose]?: unknown };
    const release = own[asyncDispose] ?? syncRelease(own[dispose]);
    if (typeof release !== "function") throw new NotDisposableError();
    this.defer(() => release.call(resource) as void | PromiseLike<void>);
  }

  /** Runs them all; gives the failure so far, with each later one in front of it as `SuppressedError`. */
  async run(failure: Failure | undefined): Promise<Failure | undefined> {
    let current = failure;
    for (let release = this.stack.pop(); release !== undefined; release = this.stack.pop()) {
      try {
        await release();
      } catch (error) {
        current = { error: current === undefined ? error : suppressed(error, current.error) };
      }
    }
    return current;
  }
}

/** What a synchronous disposal gives back is not waited for. */
function syncRelease(method: unknown): unknown {
  if (typeof method !== "function") return method;
  return function released(this: unknown): void {
    method.call(this);
  };
}

/** A failure in a box, because anything may be thrown, also `undefined`. */
export interface Failure {
  readonly error: unknown;
}

// Browsers without `using` have no SuppressedError either; there its two fields go on a plain error.
function suppressed(error: unknown, before: unknown): Error {
  const message = "a release failed after an earlier failure";
  const platform = globalThis as { SuppressedError?: SuppressedErrorConstructor };
  if (platform.SuppressedError !== undefined) return new platform.SuppressedError(error, before, message);
  return Object.assign(new Error(message), { name: "SuppressedError", error, suppressed: before });
}
