import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, resolveConfig } from "@barrage/server";
import { Scaler } from "../../src/supervisor/scaler.ts";

const BUSY = { queue: 50, cpu: 1 };

function workersWith(windowMs: number) {
  const flags = { "workers.count": "1", "workers.max": "4", "workers.scale.window-ms": String(windowMs) };
  return resolveConfig({ flags }).config.workers;
}

/** A scaler with one worker that is overloaded, looked at once a second. */
class Watched {
  private now = 0;
  private readonly scaler: Scaler;

  constructor(windowMs: number) {
    const log = createLogger({ level: "silent", stream: { write: () => undefined } });
    this.scaler = new Scaler(workersWith(windowMs), { log, parallelism: 4, now: 0 });
  }

  adopt(windowMs: number): void {
    this.scaler.adopt(workersWith(windowMs), this.now);
  }

  report(seconds: number, sample = BUSY): void {
    for (const until = this.now + seconds * 1_000; this.now < until;) {
      this.now += 1_000;
      this.scaler.report(1, sample, this.now);
    }
  }

  /** Seconds until the number of workers changes. */
  secondsToGrow(limit = 60): number {
    for (let second = 1; second <= limit; second += 1) {
      this.report(1);
      if (this.scaler.look(this.now, { workers: 1, healthy: 1 }) > 1) return second;
    }
    return Number.POSITIVE_INFINITY;
  }

  look(): string | undefined {
    this.scaler.look(this.now, { workers: 1, healthy: 1 });
    return this.scaler.last?.decision.reason;
  }
}

describe("the window of the load and another reading of the configuration", () => {
  it("[WK-60] a longer window is full once as much time has passed, what the old one knew included", () => {
    const fresh = new Watched(5_000);
    fresh.adopt(20_000);
    assert.equal(fresh.secondsToGrow(), 20);

    // A minute old, and knows its last 5 s alone.
    const old = new Watched(5_000);
    old.report(60);
    old.adopt(20_000);
    assert.equal(old.secondsToGrow(), 15);
  });

  it("[WK-60] a shorter one is full at once where it was looked at for as long, and forgets what is before it", () => {
    const short = new Watched(20_000);
    short.report(5);
    short.adopt(5_000);
    assert.equal(short.look(), "queue");

    const calm = new Watched(20_000);
    calm.report(15);
    calm.report(5, { queue: 0, cpu: 0.5 });
    calm.adopt(5_000);
    assert.equal(calm.look(), "steady");
  });

  it("[WK-60] the same length again changes nothing", () => {
    const same = new Watched(5_000);
    same.report(3);
    same.adopt(5_000);
    assert.equal(same.secondsToGrow(), 2);
  });
});
