import { Backoff, isCancelled, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { oneLine } from "../terminal.ts";

/** Something that is started again when it ends. */
export interface KeptUp {
  readonly name: string;
  /** Resolves when it runs no more, and says how it ended. */
  readonly ended: Promise<string>;
  /** Starts it, and resolves once it is ready. */
  start(ctx: Context): Promise<void>;
}

/** First and longest pause before it is started again, ms. One that dies at every start must not take the machine. */
const PAUSE = { base: 250, max: 10_000, jitter: "none" } as const;
/** Who ran so long, ms, did not die of its start: the pauses begin anew. */
const STEADY_MS = 30_000;

/** Starts it again whenever it ends, and says so, until `ctx` is cancelled. */
export async function keepUp(kept: KeptUp, say: (line: string) => void, ctx: Context): Promise<void> {
  const { clock } = ctx;
  let pauses = new Backoff(PAUSE);
  for (;;) {
    const since = clock.now();
    const how = await unlessCancelled(kept.ended, ctx);
    if (clock.now() - since >= STEADY_MS) pauses = new Backoff(PAUSE);
    const pause = pauses.next();
    say(`${kept.name} has ended (${how}); it is started again in ${pause} ms`);
    await sleep(pause, ctx);
    try {
      await kept.start(ctx);
      say(`${kept.name} is back`);
    } catch (error) {
      if (isCancelled(error)) throw error;
      say(`${kept.name} did not start: ${oneLine(error instanceof Error ? error.message : String(error))}`);
    }
  }
}
