import type { EventEmitter } from "node:events";
import { liveTaskCount, systemClock } from "@barrage/kernel";
import {
  overstayed,
  pendingTimers,
  type PendingTimers,
  profile,
  retainedBySlices,
  type SliceGroup,
  type TaskGroup,
} from "@barrage/kernel/diagnostics";
import type { LoopGauge, LoopReading } from "./loop-gauge.ts";

/** What is alive in the process at one moment. */
export interface RuntimeSample {
  /** Ms from the epoch. */
  readonly wallMs: number;
  readonly tasks: number;
  readonly groups: readonly TaskGroup[];
  /** Tasks whose context was cancelled more than a second ago. */
  readonly overstayed: readonly TaskGroup[];
  readonly loop: LoopReading;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** What keeps the event loop alive, by type (counts). */
  readonly handles: Readonly<Record<string, number>>;
  /** Listeners of the process and of the emitters under watch (counts). */
  readonly listeners: Readonly<Record<string, number>>;
  readonly timers: readonly PendingTimers[];
  readonly slices: readonly SliceGroup[];
}

function countedByName(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** Takes a sample. `emitters` are those whose listeners are counted, by name, beside the process's own. */
export function takeSample(gauge: LoopGauge, emitters: ReadonlyMap<string, EventEmitter>): RuntimeSample {
  const memory = process.memoryUsage();
  const listeners: Record<string, number> = { process: listenersOf(process) };
  for (const [name, emitter] of emitters) listeners[name] = listenersOf(emitter);
  return {
    wallMs: systemClock.wall(),
    tasks: liveTaskCount(),
    groups: profile(),
    overstayed: overstayed(),
    loop: gauge.read(),
    heapUsedBytes: memory.heapUsed,
    externalBytes: memory.external,
    handles: countedByName(process.getActiveResourcesInfo()),
    listeners,
    timers: pendingTimers(),
    slices: retainedBySlices(),
  };
}
