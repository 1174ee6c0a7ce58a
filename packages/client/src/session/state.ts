import type { Cursor } from "./cursor.ts";
import { startCursor } from "./cursor.ts";

/** What a caller sees of a connection. */
export type ConnectionState =
  /** A socket is being opened, or has not shown the room yet. `attempt` counts from 0 since it was last stable. */
  | { readonly type: "connecting"; readonly attempt: number }
  | { readonly type: "live"; readonly resumed: boolean }
  /** Comes back by itself. `code` is the close code that ended the last connection. */
  | { readonly type: "waiting"; readonly retryInMs: number; readonly code: number }
  /** Final. */
  | { readonly type: "closed"; readonly code: number; readonly reason: string };

/** Where a session stands. One variant per state, with only that state's fields. */
export type Phase =
  | { readonly name: "connecting"; readonly attempt: number }
  | {
      readonly name: "live";
      readonly attempt: number;
      readonly liveAt: number;
      readonly heartbeatMs: number;
      /** A ping is unanswered. */
      readonly asked: boolean;
    }
  | { readonly name: "waiting"; readonly attempt: number; readonly needsToken: boolean }
  | { readonly name: "refreshing"; readonly attempt: number }
  | { readonly name: "closed" };

/** All that decides what a session does next. It outlives its connections. */
export interface Session {
  readonly phase: Phase;
  readonly cursor: Cursor;
  /** What the server's `bye` asked for; used once. */
  readonly comeBackMs: number | undefined;
}

export const startSession = (since?: number): Session => ({
  phase: { name: "connecting", attempt: 0 },
  cursor: startCursor(since),
  comeBackMs: undefined,
});

/** The timers a session may have, each at most once. */
export type TimerName = "handshake" | "heartbeat" | "silence" | "retry";
