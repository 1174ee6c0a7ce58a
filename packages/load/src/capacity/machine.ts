import type { Band } from "./bootstrap.ts";
import type { MemoryFit, NoMemory } from "./memory-per-connection.ts";
import { workersFor } from "./recommend.ts";

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What a machine would hold. */
export interface MachineEstimate {
  readonly machine: Machine;
  readonly processes: number;
  /** Of the grown load, by one process: measured. */
  readonly perProcess: Band;
  /** By all processes, if they do not get into each other's way: not measured. */
  readonly load: Band;
  /** By memory; undefined where memory by connection was not measured. */
  readonly connections: Band | undefined;
  readonly limitedBy: "processor" | "memory";
  readonly assumptions: readonly string[];
}

/** Share of the memory for the server: the rest is the page cache of its log, and the system's. */
const MEMORY_SHARE = 0.7;

const scaled = ({ low, estimate, high }: Band, factor: number): Band => ({
  low: Math.floor(low * factor),
  estimate: Math.floor(estimate * factor),
  high: Math.floor(high * factor),
});

const inMemory = ({ perConnection, baseBytes }: MemoryFit, bytes: number, processes: number): Band => {
  const room = Math.max(0, bytes * MEMORY_SHARE - baseBytes * processes);
  // The dearest connections are the fewest.
  return {
    low: Math.floor(room / perConnection.high),
    estimate: Math.floor(room / perConnection.estimate),
    high: Math.floor(room / Math.max(1, perConnection.low)),
  };
};

export function estimateMachine(
  machine: Machine,
  perProcess: Band,
  memory: MemoryFit | NoMemory,
  grow: "rate" | "viewers",
): MachineEstimate {
  const processes = workersFor(machine.cores);
  const load = scaled(perProcess, processes);
  const connections = memory.kind === "memory" ? inMemory(memory, machine.memoryBytes, processes) : undefined;
  const byMemory =
    grow === "viewers" && connections !== undefined && connections.estimate < load.estimate
      ? connections
      : undefined;
  return {
    machine,
    processes,
    perProcess,
    load: byMemory ?? load,
    connections,
    limitedBy: byMemory === undefined ? "processor" : "memory",
    assumptions: [
      `a core there is as fast as one here`,
      `${processes} processes hold ${processes} times what one holds; the run measured one`,
      ...(connections === undefined
        ? []
        : [
            `connections are quiet ones: ${MEMORY_SHARE * 100} % of the memory is theirs, none of it for slow readers`,
          ]),
    ],
  };
}
