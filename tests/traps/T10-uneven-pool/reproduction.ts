import { Channel, rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";
import { JOBS, measured, noGauges, Worker, WORKERS } from "./workers.ts";

/** Each worker has a queue, and gets every third job. */
export async function run(gauges = noGauges): Promise<readonly Measured[]> {
  const clock = new FakeClock();
  const doneBy: string[] = [];
  const pool = scope(
    (s) => {
      const queues = WORKERS.map((kind) => {
        const worker = new Worker(kind);
        const queue = new Channel<number>(JOBS);
        s.spawn(async (ctx) => {
          for await (const _ of queue.values(ctx)) {
            await worker.work(ctx);
            gauges.done(worker.name);
            doneBy.push(worker.name);
          }
        });
        return { queue, name: worker.name };
      });
      for (let job = 0; job < JOBS; job++) {
        const next = queues[job % queues.length];
        if (next?.queue.trySend(job) === true) gauges.given(next.name); // guilty
      }
      for (const { queue } of queues) queue.close();
    },
    { parent: rootContext({ clock }), onError: "collect" },
  ).catch(() => undefined); // the death is in the log
  await clock.advance(1_000);
  await pool;
  return measured(doneBy);
}
