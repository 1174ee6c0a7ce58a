import { Scope } from "@barrage/kernel";
import { LoadWorker } from "./load-worker.ts";
import type { StartWorker } from "./worker-port.ts";

/** A worker in this process. */
export const localWorker: StartWorker = (plan, part, onSecond, ctx) => {
  const tasks = new Scope(ctx, { name: `load worker ${part.index}` });
  const worker = new LoadWorker(plan, part, tasks.context);
  const watching = tasks.spawn((own) => worker.watch(onSecond, own), { name: "watch" });
  return {
    connect: () => worker.connect(),
    async send(startAt) {
      await worker.send(startAt);
      await worker.answered();
      return worker.acks;
    },
    drain: (acks) => worker.drain(acks),
    async [Symbol.asyncDispose]() {
      watching.cancel();
      worker.close();
      await tasks[Symbol.asyncDispose]();
    },
  };
};
