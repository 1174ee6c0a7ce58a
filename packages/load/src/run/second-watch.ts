import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { RunTally } from "./run-tally.ts";
import type { Effort, SecondDelta } from "./second.ts";
import { reasonsAgainst, SelfWatch } from "./self-watch.ts";

const SECOND_MS = 1_000;
/** The second under which everything before the first send is counted. */
const BEFORE_START = -1;

/**
 * Takes a worker's figures each second, and watches the worker itself meanwhile.
 *
 * Shape      `run` until cancelled; `start` once, at the first send: from then on seconds begin with it, so that those
 *            of all workers are the same seconds.
 */
export class SecondWatch implements Disposable {
  readonly #tally: RunTally;
  readonly #onSecond: (delta: SecondDelta) => void;
  readonly #ctx: Context;
  readonly #beat: Ticker;
  readonly #self: SelfWatch;
  /** The second now going on. */
  #second = BEFORE_START;
  #isStarted = false;

  constructor(tally: RunTally, onSecond: (delta: SecondDelta) => void, ctx: Context) {
    this.#tally = tally;
    this.#onSecond = onSecond;
    this.#ctx = ctx;
    this.#beat = new Ticker(SECOND_MS, ctx);
    this.#self = new SelfWatch(ctx.clock.now());
  }

  start(): void {
    if (this.#isStarted) return;
    this.#take(false);
    this.#isStarted = true;
    this.#second = 0;
    this.#beat.reset(SECOND_MS);
  }

  /** Takes the last, broken second too. */
  async run(): Promise<void> {
    try {
      for await (const passed of this.#beat) this.#tick(passed);
    } finally {
      this.#take(true);
    }
  }

  [Symbol.dispose](): void {
    this.#beat[Symbol.dispose]();
    this.#self[Symbol.dispose]();
  }

  #tick(passed: number): void {
    this.#take(false);
    if (!this.#isStarted) return;
    this.#second += 1;
    // Whole seconds went by in which the worker did not even get to its figures: they are no measure of the server.
    for (let skipped = 1; skipped < passed; skipped += 1, this.#second += 1)
      this.#give({ ...IDLE, loopDelayP99Ms: SECOND_MS, loopDelayMaxMs: SECOND_MS }, false);
  }

  #take(isLast: boolean): void {
    this.#give(this.#self.take(this.#ctx.clock.now(), this.#tally.second.sendLagMaxMs), isLast);
  }

  #give(effort: Effort, isLast: boolean): void {
    const invalid = reasonsAgainst(effort);
    this.#onSecond(this.#tally.take({ second: this.#second, effort, invalid, isLast }));
  }
}

const IDLE: Effort = { cpu: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0, sendLagMaxMs: 0 };
