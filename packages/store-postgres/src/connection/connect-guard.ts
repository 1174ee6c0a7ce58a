import type { Context } from "@barrage/kernel";

/** Who decides whether PostgreSQL is tried: every connection of the pool is opened through it. */
export interface ConnectGuard {
  /** Runs `open`, or refuses to with a PG_ code; a failure of `open` is thrown as it is. */
  connect<T>(open: (ctx: Context) => Promise<T>, ctx: Context): Promise<T>;
  /** PostgreSQL has answered a look at it, on a connection that nobody guards. */
  answered(): void;
}

/** Tries it each time. */
export const UNGUARDED: ConnectGuard = {
  connect: (open, ctx) => open(ctx),
  answered: () => undefined,
};
