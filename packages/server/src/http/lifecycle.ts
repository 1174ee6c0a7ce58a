import { Hooks } from "@barrage/kernel";
import type { Hook } from "@barrage/kernel";
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

/** What went wrong; `code` is what the client will be told. Told before the answer is sent. */
export interface RequestFailure {
  readonly error: unknown;
  readonly code: string;
}

/** One watcher of requests. Every part is optional; none may change the request. */
export type RequestHook = Hook<RequestFacts, RequestEnd, RequestFailure>;

/** Around every request: before, after, on failure. A hook that throws harms neither the request nor the other hooks. */
export class Lifecycle extends Hooks<RequestFacts, RequestEnd, RequestFailure> {}
