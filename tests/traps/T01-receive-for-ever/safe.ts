import { Channel, liveTaskCount, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Who sends owns the channel: `using` closes it, and the scope waits for whoever receives. */
export async function run(): Promise<Measured> {
  const before = liveTaskCount();
  const indexed: string[] = [];
  await scope((s) => {
    const jobs = new Channel<string>(4);
    s.spawn(async function feed(ctx) {
      for (const job of ["a", "b", "c"]) await jobs.send(job, ctx);
      jobs.close();
    });
    s.spawn(async function indexer(ctx) {
      for await (const job of jobs.values(ctx)) indexed.push(job);
    });
  });
  return { what: "tasks alive after the work", meant: 0, got: liveTaskCount() - before };
}
