import { Channel } from "../channel/channel.ts";
import type { Receiver } from "../channel/ends.ts";
import type { Context } from "../context/context.ts";
import { wholeNumber } from "../whole-number.ts";
import { type Item, runFor, tooLate } from "./item.ts";
import { feed, type Run, type Stage } from "./run.ts";

/** What a stage makes of an item. */
export type Step<T, U> = (value: T, ctx: Context) => U | PromiseLike<U>;

export interface MapOptions {
  /** For the names of its tasks. */
  readonly name?: string;
  /** How many items it works on at once; 1 unless given. */
  readonly concurrency?: number;
  /** Items leave in the order they came, which one slow item can hold up; true unless given. */
  readonly ordered?: boolean;
  /** Finished items that may wait for the next stage; 0 unless given. */
  readonly buffer?: number;
}

interface Shape {
  readonly name: string;
  readonly buffer: number;
  readonly tasks: number;
}

export function mapStage<T, U>(step: Step<T, U>, options: MapOptions): Stage<T, U> {
  const concurrency = wholeNumber("concurrency", options.concurrency ?? 1, 1);
  const buffer = wholeNumber("buffer", options.buffer ?? 0, 0);
  const name = options.name ?? (step.name || "map");
  const shape = { name, buffer, tasks: concurrency };
  const inOrder = concurrency > 1 && options.ordered !== false;
  return (run, input) => (inOrder ? ordered(run, input, step, shape) : asTheyCome(run, input, step, shape));
}

/** The result for the next stage; undefined when the item was dropped. */
async function result<T, U>(
  run: Run,
  item: Item<T>,
  step: Step<T, U>,
  ctx: Context,
): Promise<Item<U> | undefined> {
  try {
    const value = await runFor(item, step, ctx);
    const late = tooLate(item, 0, ctx);
    if (late !== undefined) throw late;
    return { value, deadline: item.deadline };
  } catch (error) {
    run.tally.failed(error, ctx);
    return undefined;
  }
}

function asTheyCome<T, U>(run: Run, input: Receiver<Item<T>>, step: Step<T, U>, shape: Shape) {
  return feed<U>(run, shape, async (out, ctx) => {
    for await (const item of input.values(ctx)) {
      const made = await result(run, item, step, ctx);
      if (made !== undefined) await out.send(made, ctx);
    }
  });
}

/**
 * Each item gets its place in line as its work starts and leaves it when its result has left. One place is with the
 * task that sends results on and one with the intake, so the line itself has two fewer, and no more than `tasks`
 * items are between the two ends, also while one of them holds up the others.
 */
function ordered<T, U>(run: Run, input: Receiver<Item<T>>, step: Step<T, U>, shape: Shape) {
  const name = `${run.name}/${shape.name}`;
  const line = new Channel<{ readonly made: PromiseLike<Item<U> | undefined> }>(shape.tasks - 2, {
    name: `${name} in order`,
  });
  run.scope.spawn(
    async (ctx) => {
      for await (const item of input.values(ctx)) {
        const made = run.scope.spawn((own) => result(run, item, step, own), { name });
        await line.send({ made }, ctx);
      }
      line.close();
    },
    { name: `${name} intake` },
  );
  return feed<U>(run, { ...shape, tasks: 1 }, async (out, ctx) => {
    for await (const { made } of line.values(ctx)) {
      const item = await made;
      if (item !== undefined) await out.send(item, ctx);
    }
  });
}
