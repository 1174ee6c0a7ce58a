import type { Band } from "./bootstrap.ts";
import type { BottleneckPlace } from "./bottleneck.ts";
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
  /** By all processes: not measured. */
  readonly load: Band;
  /** Nothing of the server stopped the measurement: it holds this and may hold more. */
  readonly isAtLeast: boolean;
  /** By memory; undefined where memory by connection was not measured. */
  readonly connections: Band | undefined;
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

/** What was found out about one process. */
export interface OneProcess {
  readonly held: Band;
  readonly memory: MemoryFit | NoMemory;
  readonly grow: "rate" | "viewers";
  readonly place: BottleneckPlace;
}

export function estimateMachine(machine: Machine, one: OneProcess): MachineEstimate {
  const processes = workersFor(machine.cores);
  const { held, memory, grow, place } = one;
  // A disk, a network or a rate limit does not grow with the number of processes.
  const grows = place !== "outside" && place !== "configuration";
  const byProcesses = scaled(held, grows ? processes : 1);
  const connections = memory.kind === "memory" ? inMemory(memory, machine.memoryBytes, processes) : undefined;
  const isMemoryLess =
    grow === "viewers" && connections !== undefined && connections.estimate < byProcesses.estimate;
  return {
    machine,
    processes,
    perProcess: held,
    load: isMemoryLess ? connections : byProcesses,
    isAtLeast: place === "generator" || place === "none",
    connections,
    assumptions: [
      "a core there is as fast as one here",
      grows
        ? `${processes} processes hold ${processes} times what one holds; the run measured one`
        : "more processes hold no more: what stopped this one lies outside of it",
      ...(isMemoryLess ? ["memory ends before the processors do"] : []),
      ...(connections === undefined
        ? []
        : [
            `connections are quiet ones: ${MEMORY_SHARE * 100} % of the memory is theirs, none of it for slow readers`,
          ]),
    ],
  };
}
