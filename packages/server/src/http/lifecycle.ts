import type { TraceIds } from "./request-id.ts";

/** What is known of a request when it comes in. */
export interface RequestFacts {
  readonly id: string;
  readonly method: string;
  /** The route's pattern, never the path: bounded, and without what the client wrote. `unknown` when there is none. */
  readonly route: string;
  /** Path without its query, which may carry a token. */
  readonly path: string;
  readonly address: string;
  readonly trace: TraceIds | undefined;
}

/** How it ended. */
export interface RequestEnd {
  /** Status that was sent, or would have been. */
  readonly status: number;
  /** From the end of the request's head to the last byte of the answer. */
  readonly ms: number;
  /** The client hung up before the answer was sent whole. */
  readonly aborted: boolean;
}

/** One watcher of requests. Every part is optional; none may change the request. */
export interface RequestHook {
  readonly name: string;
  readonly before?: (facts: RequestFacts) => void;
  /** Once for each request, whatever became of it. */
  readonly after?: (facts: RequestFacts, end: RequestEnd) => void;
  /** When a handler threw, before the answer is sent; `code` is what the client will be told. */
  readonly failed?: (
    facts: RequestFacts,
    failure: { readonly error: unknown; readonly code: string },
  ) => void;
}

/** Around every request: before, after, on failure. A hook that throws harms neither the request nor the other hooks. */
export class Lifecycle {
  private readonly hooks: RequestHook[] = [];
  private readonly onHookError: (name: string, error: unknown) => void;

  constructor(onHookError: (name: string, error: unknown) => void) {
    this.onHookError = onHookError;
  }

  add(hook: RequestHook): void {
    this.hooks.push(hook);
  }

  before(facts: RequestFacts): void {
    this.each((hook) => hook.before?.(facts));
  }

  after(facts: RequestFacts, end: RequestEnd): void {
    this.each((hook) => hook.after?.(facts, end));
  }

  failed(facts: RequestFacts, failure: { readonly error: unknown; readonly code: string }): void {
    this.each((hook) => hook.failed?.(facts, failure));
  }

  private each(tell: (hook: RequestHook) => void): void {
    for (const hook of this.hooks) {
      try {
        tell(hook);
      } catch (error) {
        this.onHookError(hook.name, error);
      }
    }
  }
}
