import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadReport } from "@barrage/load";
import type { ClosedLoop, ClosedResult } from "./closed-loop.ts";
import { effortOf, meterServer, ownEffort } from "./effort.ts";
import type { Effort, Stretch } from "./effort.ts";
import type { Job, Told } from "./generator.ts";
import { CORES, onCore } from "./pinned.ts";
import { figuresOf } from "./process-stat.ts";
import type { BenchServer } from "./server-process.ts";

const GENERATOR = fileURLToPath(new URL("generator.ts", import.meta.url));

/** What a measurement took, as the machine counts it. */
export interface Driven {
  readonly effort: Effort;
  /** CPU seconds of each server meanwhile, where several are looked at together. */
  readonly cpuOf: Readonly<Record<string, number>>;
  /** Length of the sends and their answers, s. */
  readonly seconds: number;
  /** What the generator read meanwhile: deliveries and answers with their headers. */
  readonly bytesReceived: number;
  /** The server's write calls meanwhile, on sockets and files. */
  readonly serverWrites: number;
  /** Of all the server's processes, at the end. */
  readonly serverResidentBytes: number;
}

interface Outcome {
  readonly told: Extract<Told, { kind: "report" | "closed" }>;
  readonly stretch: Stretch;
  readonly bytesReceived: number;
}

/** Gives a generator, on its own core if the server has one, this job; meters both while it measures. */
async function run(server: BenchServer, job: Job): Promise<Outcome> {
  const command = [process.execPath, GENERATOR];
  const [program = "", ...args] = server.isPinned ? onCore(CORES.generator, command) : command;
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const bytesRead = (): number => figuresOf(child.pid ?? 0).bytesRead;
  let [stop, stretch]: [(() => Stretch) | undefined, Stretch | undefined] = [undefined, undefined];
  let [bytesBefore, bytesReceived] = [0, 0];
  let last: Told | undefined;
  child.on("message", (told: Told) => {
    last = told;
    if (told.kind === "measuring") {
      bytesBefore = bytesRead();
      stop = meterServer(server);
    } else if (told.kind === "measured") {
      bytesReceived = bytesRead() - bytesBefore;
      stretch = stop?.();
    }
  });
  child.send(job);
  // Both: what was said last is heard after the exit, or before it.
  const [[code]] = await Promise.all([once(child, "exit"), once(child, "disconnect")]);
  const told = last;
  if (told?.kind === "failed") throw new Error(`the generator failed: ${told.reason}`);
  if (stretch === undefined || (told?.kind !== "report" && told?.kind !== "closed"))
    throw new Error(`the generator ended with ${String(code)} before its report`);
  return { told, stretch, bytesReceived };
}

/** CPU seconds of each server in a stretch of time. */
export const grownCpu = ({ before, after }: Stretch): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(after.cpuOf ?? {}).map(([name, used]) => [name, used - (before.cpuOf?.[name] ?? 0)]),
  );

const drivenOf = ({ stretch, bytesReceived }: Outcome, effort: Effort): Driven => ({
  effort,
  cpuOf: grownCpu(stretch),
  seconds: stretch.seconds,
  bytesReceived,
  serverWrites: stretch.after.writes - stretch.before.writes,
  serverResidentBytes: stretch.after.residentBytes,
});

/** Runs plans one after the other in a process of their own; the last one is measured, the others warm up. */
export async function drive(
  server: BenchServer,
  plans: readonly LoadPlan[],
): Promise<Driven & { readonly report: LoadReport }> {
  const outcome = await run(server, { kind: "plans", plans });
  if (outcome.told.kind !== "report") throw new Error("the generator answered another job");
  const { report } = outcome.told;
  return { ...drivenOf(outcome, effortOf(ownEffort(report), outcome.stretch)), report };
}

/** Runs a closed loop in a process of its own. */
export async function driveClosed(
  server: BenchServer,
  loop: Omit<ClosedLoop, "target">,
): Promise<Driven & { readonly result: ClosedResult }> {
  const { host, port } = server;
  const outcome = await run(server, { kind: "closed", loop: { ...loop, target: { host, port } } });
  if (outcome.told.kind !== "closed") throw new Error("the generator answered another job");
  const { result } = outcome.told;
  return { ...drivenOf(outcome, effortOf(result.effort, outcome.stretch)), result };
}
