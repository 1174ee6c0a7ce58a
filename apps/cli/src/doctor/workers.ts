import { availableParallelism } from "node:os";
import { boundsOf, firstCount, probeReusePort } from "@barrage/server";
import type { ServerConfig } from "@barrage/server";
import { ok, warn } from "./check.ts";
import type { Finding } from "./check.ts";

/** `reusePort`: can the kernel spread the connections of one port over several processes? */
export function judgeWorkers(
  workers: ServerConfig["workers"],
  machine: { readonly parallelism: number; readonly reusePort: boolean },
): Finding {
  const { parallelism, reusePort } = machine;
  const shared = reusePort ? "the kernel shares a port" : "a port is shared by one listener";
  if (workers.count === null)
    return ok("workers", `one process; ${parallelism} processors are there for --workers, ${shared}`);
  const { min, max } = boundsOf(workers, parallelism);
  const detail = `${firstCount(workers, parallelism)} at the start, ${min} to ${max}, on ${parallelism} processors; ${shared}`;
  // The owner of log and rooms is a process too.
  return max + 1 > parallelism * 2
    ? warn("workers", detail, "more than two processes a processor only wait for each other")
    : ok("workers", detail);
}

export const checkWorkers = async (workers: ServerConfig["workers"]): Promise<Finding> =>
  judgeWorkers(workers, { parallelism: availableParallelism(), reusePort: await probeReusePort() });
