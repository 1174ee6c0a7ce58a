import { Channel } from "../channel/channel.ts";
import type { Receiver } from "../channel/ends.ts";
import type { Context } from "../context/context.ts";
import type { Scope } from "../task/scope.ts";
import type { Item } from "./item.ts";
import type { Tally } from "./policy.ts";

/** One run of a pipeline: the scope of its tasks, and what it counts. */
export interface Run {
  readonly name: string;
  readonly scope: Scope;
  readonly tally: Tally;
}

/** Starts the tasks of a stage and gives what comes out of it. */
export type Stage<T, U> = (run: Run, input: Receiver<Item<T>>) => Receiver<Item<U>>;

/** A channel to the next stage, and the tasks that feed it: when all of them have ended, so has it. */
export function feed<T>(
  run: Run,
  stage: { readonly name: string; readonly buffer: number; readonly tasks: number },
  work: (out: Channel<Item<T>>, ctx: Context) => Promise<void>,
): Receiver<Item<T>> {
  const name = `${run.name}/${stage.name}`;
  const out = new Channel<Item<T>>(stage.buffer, { name });
  let left = stage.tasks;
  for (let i = 0; i < stage.tasks; i++) {
    run.scope.spawn(
      async (ctx) => {
        await work(out, ctx);
        left -= 1;
        if (left === 0) out.close();
      },
      { name },
    );
  }
  return out;
}
