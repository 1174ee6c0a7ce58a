import { Channel, type Context, rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";
import { IN_TIME_MS, JOBS, noGauges, type PoolGauges, Worker, type WorkerKind, WORKERS } from "./workers.ts";

/** The jobs, and how many are not done yet. */
class Backlog {
  readonly queue = new Channel<number>(JOBS);
  done = 0;

  finish(): void {
    this.done += 1;
    if (this.done === JOBS) this.queue.close();
  }
}

/** Takes the next job when it is free; a worker that dies is replaced, and its job goes back to the others. */
async function supervise(
  kind: WorkerKind,
  backlog: Backlog,
  gauges: PoolGauges,
  ctx: Context,
): Promise<void> {
  let worker = new Worker(kind);
  for await (const job of backlog.queue.values(ctx)) {
    gauges.given(worker.name);
    try {
      await worker.work(ctx);
    } catch (error) {
      if (ctx.cancelled) throw error;
      gauges.requeued(worker.name);
      await backlog.queue.send(job, ctx);
      worker = new Worker({ name: worker.name, ms: kind.ms });
      continue;
    }
    gauges.done(worker.name);
    backlog.finish();
  }
}

/** One queue for all: each worker gets as much as it is well enough to do. */
export async function run(gauges = noGauges): Promise<readonly Measured[]> {
  const clock = new FakeClock();
  const backlog = new Backlog();
  let lastAt = 0;
  const pool = scope(
    async (s) => {
      for (let job = 0; job < JOBS; job++) await backlog.queue.send(job);
      for (const kind of WORKERS) s.spawn((ctx) => supervise(kind, backlog, gauges, ctx));
      await s.join();
      lastAt = clock.now();
    },
    { parent: rootContext({ clock }) },
  );
  while (!backlog.queue.closed) await clock.advance(1);
  await pool;
  return [
    { what: "jobs done", meant: JOBS, got: backlog.done },
    { what: "last job", meant: "in time", got: lastAt <= IN_TIME_MS ? "in time" : `after ${lastAt} ms` },
  ];
}
