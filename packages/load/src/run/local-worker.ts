import { Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { LoadWorker } from "./load-worker.ts";
import { sharedClock } from "./run-clock.ts";
import type { RunClock } from "./run-clock.ts";
import { SecondWatch } from "./second-watch.ts";
import type { StartWorker, WorkerAssignment, WorkerPort } from "./worker-port.ts";

/** A worker in this process. */
export const localWorker: StartWorker = (assignment, ctx) =>
  startWorker(assignment, sharedClock(ctx.clock), ctx);

/** A worker in this process that goes by that clock. */
export function startWorker(assignment: WorkerAssignment, clock: RunClock, ctx: Context): WorkerPort {
  const { plan, part, events } = assignment;
  const tasks = new Scope(ctx, { name: `load worker ${part.index}` });
  const worker = new LoadWorker({ plan, part, clock, ctx: tasks.context });
  const tellAcks = (): void => {
    const acks = worker.takeAcks();
    if (Object.keys(acks).length > 0) events.acks(acks);
  };
  const watch = new SecondWatch(
    worker.tally,
    (delta) => {
      events.clock(clock);
      tellAcks();
      events.second(delta);
    },
    tasks.context,
  );
  tasks.spawn(() => watch.run(), { name: "watch" });
  return {
    connect: () => worker.connect(),
    async send(startAt) {
      const own = startAt - clock.offsetMs;
      await sleep(Math.max(0, own - ctx.clock.now()), tasks.context);
      watch.start();
      await worker.send(own);
      tellAcks();
    },
    stop: (withinMs) => worker.stop(withinMs),
    learn: (acks) => worker.addAcks(acks),
    drain: (withinMs) => worker.drain(withinMs),
    async [Symbol.asyncDispose]() {
      worker.close();
      await tasks[Symbol.asyncDispose]();
      watch[Symbol.dispose]();
    },
  };
}
