import type { Member } from "./fleet.ts";
import type { ProcessLoad } from "./messages.ts";
import type { Decided } from "./scaler.ts";

export interface FleetTableParts {
  readonly members: readonly (Member & {
    readonly load: ProcessLoad | undefined;
    readonly pid: number | undefined;
  })[];
  readonly pid: number;
  readonly spare: { readonly pid: number; readonly isReady: boolean } | undefined;
  readonly workers: number;
  readonly bounds: { readonly min: number; readonly max: number };
  readonly phase: string;
  readonly decided: Decided | undefined;
  readonly now: number;
}

/** The page `/debug/workers`: every process, and the last decision with its inputs. */
export function fleetTable({
  members,
  pid,
  spare,
  workers,
  bounds,
  phase,
  decided,
  now,
}: FleetTableParts): unknown {
  const { min, max } = bounds;
  return {
    supervisor: {
      pid,
      phase,
      workers,
      min,
      max,
      spare: spare === undefined ? null : { pid: spare.pid, is_ready: spare.isReady },
      last_decision: decided === undefined ? null : { ...decided.decision, ...inputsOf(decided, now) },
    },
    processes: members
      .toSorted((a, b) => a.id - b.id)
      .map((member) => ({
        role: member.role,
        worker: member.id,
        generation: member.generation,
        pid: member.pid ?? null,
        state: member.life.state,
        revision: member.revision,
        age_ms: Math.round(now - member.startedAt),
        load:
          member.load === undefined
            ? null
            : {
                connections: member.load.connections,
                queue: member.load.queue,
                cpu_share: member.load.cpuShare,
                loop_delay_ms: member.load.loopDelayMs,
                resident_bytes: member.load.residentBytes,
              },
      })),
  };
}

function inputsOf({ reading }: Decided, now: number) {
  const { workers, healthy, queue, longestQueue, cpu } = reading;
  return {
    ago_ms: Math.round(now - reading.now),
    inputs: { workers, healthy, queue, longest_queue: longestQueue, cpu },
  };
}
