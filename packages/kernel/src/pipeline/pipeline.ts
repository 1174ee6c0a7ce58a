import type { Receiver, Sender } from "../channel/ends.ts";
import type { Context } from "../context/context.ts";
import { background } from "../context/root.ts";
import { InvalidArgumentError } from "../errors.ts";
import { scope } from "../task/nursery.ts";
import { type Item, runFor } from "./item.ts";
import { type MapOptions, mapStage, type Step } from "./map.ts";
import { type FailurePolicy, type PipelineReport, Tally } from "./policy.ts";
import { type RateOptions, rateStage } from "./rate-limit.ts";
import { feed, type Run, type Stage } from "./run.ts";
import { itemsOf, type PipelineSource } from "./source.ts";

export interface PipelineOptions {
  /** For the names of its tasks. */
  readonly name?: string;
  readonly onFailure: FailurePolicy;
  /** Told once at the end of every run, also of one that throws. */
  readonly onEnd?: (report: PipelineReport) => void;
}

/** Where items go: a channel, which stays open, or a function, called for one item at a time. */
export type PipelineSink<T> = Sender<T> | ((value: T, ctx: Context) => void | PromiseLike<void>);

type Start<T> = (run: Run) => Receiver<Item<T>>;

/**
 * Stages that items pass through one after the other; nothing runs before `into`.
 *
 * Shape      immutable: each method gives a new one.
 * Bounds     each stage holds at most its concurrency plus its buffer, source and sink one item each, and nothing is
 *            taken from the source that the stages have no room for (KN-161).
 * Errors     with `stop`, the failure of the first item that failed; from the source always; the cancel error.
 */
export class Pipeline<T> {
  readonly #options: PipelineOptions;
  readonly #start: Start<T>;

  constructor(options: PipelineOptions, start: Start<T>) {
    this.#options = options;
    this.#start = start;
  }

  /** Makes something else of each item. */
  map<U>(step: Step<T, U>, options: MapOptions = {}): Pipeline<U> {
    return this.#then(mapStage(step, options));
  }

  /** Lets items through no faster than this. */
  rateLimit(options: RateOptions): Pipeline<T> {
    return this.#then(rateStage(options));
  }

  /**
   * From here on each item has so many ms to be delivered, waits included; the earlier of two deadlines holds. The
   * contexts of later steps have it, and an item that is late has failed with a `DeadlineExceededError`.
   */
  deadline(ms: number): Pipeline<T> {
    if (!(ms >= 0)) throw new InvalidArgumentError("ms", "0 or more", ms);
    return this.#then((run, input) =>
      feed<T>(run, { name: "deadline", buffer: 0, tasks: 1 }, async (out, ctx) => {
        for await (const { value, deadline = Infinity } of input.values(ctx)) {
          await out.send({ value, deadline: Math.min(deadline, ctx.clock.now() + ms) }, ctx);
        }
      }),
    );
  }

  /** Runs it until the source has ended and every item is delivered or dropped. */
  async into(sink: PipelineSink<T>, ctx: Context = background): Promise<PipelineReport> {
    const { name = "pipeline", onFailure, onEnd } = this.#options;
    const tally = new Tally(onFailure);
    const deliver = typeof sink === "function" ? sink : (value: T, own: Context) => sink.send(value, own);
    try {
      await scope(
        (owner) => {
          const items = this.#start({ name, scope: owner, tally });
          owner.spawn((own) => deliverAll(items, deliver, tally, own), { name: `${name}/sink` });
        },
        { parent: ctx, name },
      );
    } finally {
      onEnd?.(tally.report());
    }
    return tally.report();
  }

  #then<U>(stage: Stage<T, U>): Pipeline<U> {
    return new Pipeline(this.#options, (run) => stage(run, this.#start(run)));
  }
}

async function deliverAll<T>(
  items: Receiver<Item<T>>,
  deliver: (value: T, ctx: Context) => void | PromiseLike<void>,
  tally: Tally,
  ctx: Context,
): Promise<void> {
  for await (const item of items.values(ctx)) {
    try {
      await runFor(item, deliver, ctx);
      tally.delivered += 1;
    } catch (error) {
      tally.failed(error, ctx);
    }
  }
}

/** Begins a pipeline at its source; what to do with failures has to be said. */
export function pipeline<T>(source: PipelineSource<T>, options: PipelineOptions): Pipeline<T> {
  return new Pipeline<T>(options, (run) =>
    feed<T>(run, { name: "source", buffer: 0, tasks: 1 }, async (out, ctx) => {
      for await (const value of itemsOf(source, ctx)) {
        run.tally.taken += 1;
        await out.send({ value, deadline: undefined }, ctx);
      }
    }),
  );
}
