import type { CpuTimes } from "./cpu-times.ts";
import type { RespawnPolicy } from "./respawn.ts";

/** The processes that a supervisor runs, as a value; `stepFleet` gives the next one. */

export type Role = "owner" | "worker";

/** How far one process is. Moments in ms on the supervisor's clock. */
export type Life =
  | { readonly state: "starting"; readonly since: number }
  | {
      readonly state: "serving";
      readonly since: number;
      readonly heardAt: number;
      /** At `heardAt`; undefined where the system does not tell. */
      readonly times: CpuTimes | undefined;
      /** Silent since, and found to wait for a processor. */
      readonly isStarved: boolean;
    }
  /** Told to end in good order; told to wait for nobody at `forceAt`, killed at `killAt`. */
  | {
      readonly state: "draining";
      readonly since: number;
      readonly forceAt: number;
      readonly killAt: number;
      readonly forced: boolean;
    }
  /** `cameUp`: it had served. */
  | { readonly state: "killed"; readonly since: number; readonly cameUp: boolean };

/** Why a process did not come up, as it said. */
export interface StartFailure {
  readonly code: string;
  readonly message: string;
}

export interface Member {
  /** Given once; of two processes the younger one has the higher. */
  readonly generation: number;
  readonly role: Role;
  /** 0 for the owner; of two workers that are there at the same time each has its own. */
  readonly id: number;
  /** Which reading of the configuration it runs. */
  readonly revision: number;
  readonly startedAt: number;
  readonly life: Life;
  readonly connections: number;
  readonly failure: StartFailure | undefined;
}

/** A place that has to be taken by a process. */
export interface Seat {
  /** Who has it; undefined while it is vacant. */
  readonly generation: number | undefined;
  /** When a vacant one is taken again. */
  readonly due: number;
  /** Early deaths in a row. */
  readonly failures: number;
}

/** All processes are replaced by such of another revision, one by one. */
export interface Rollout {
  readonly from: number;
  readonly to: number;
  /** The newer revision did not come up, and what had changed to it changes back. */
  readonly isBack: boolean;
  /** Starting beside the one whose seat it is to take. */
  readonly successor: { readonly generation: number; readonly old: number } | undefined;
}

export interface Fleet {
  readonly phase: "starting" | "up" | "stopping" | "ended";
  readonly owner: Seat;
  readonly workers: readonly Seat[];
  readonly members: ReadonlyMap<number, Member>;
  readonly lastGeneration: number;
  /** Of new processes while nothing is rolled out. */
  readonly revision: number;
  readonly rollout: Rollout | undefined;
  /** A worker listens: where, everybody knows. */
  readonly hasAddress: boolean;
  readonly failure: StartFailure | undefined;
  /** Every process that was told to end did so by itself and in time. */
  readonly isClean: boolean;
  readonly stopBy: number;
  readonly tickedAt: number;
}

export type FleetEvent =
  | { readonly type: "begin" }
  | { readonly type: "ready"; readonly generation: number; readonly times?: CpuTimes | undefined }
  | {
      readonly type: "heard";
      readonly generation: number;
      readonly connections: number;
      readonly times?: CpuTimes | undefined;
    }
  | { readonly type: "failed"; readonly generation: number; readonly failure: StartFailure }
  | {
      readonly type: "exited";
      readonly generation: number;
      readonly code: number | null;
      readonly how: string;
    }
  | { readonly type: "resize"; readonly workers: number }
  | { readonly type: "reload"; readonly revision: number }
  | { readonly type: "stop" }
  | { readonly type: "force" }
  /** With the times of those whom `membersToRead` names, as far as the system tells them. */
  | { readonly type: "tick"; readonly times?: ReadonlyMap<number, CpuTimes> };

/** Why a process is replaced, for the count of that. */
export type ReplaceReason = "died" | "hung" | "restart";

/** What has to be done to the world; nothing else is. */
export type FleetEffect =
  | {
      readonly type: "start";
      readonly role: Role;
      readonly id: number;
      readonly generation: number;
      readonly revision: number;
    }
  | { readonly type: "drain" | "force" | "kill"; readonly generation: number }
  | { readonly type: "replaced"; readonly role: Role; readonly reason: ReplaceReason }
  | { readonly type: "silence"; readonly role: Role; readonly verdict: "hung" | "starved" }
  | { readonly type: "revised"; readonly revision: number }
  | { readonly type: "up" }
  | { readonly type: "ended"; readonly isClean: boolean; readonly failure: StartFailure | undefined }
  | {
      readonly type: "say";
      readonly level: "info" | "warn" | "error";
      readonly text: string;
      readonly fields: Readonly<Record<string, string | number>>;
    };

/** Spans in ms. */
export interface FleetPolicy {
  readonly hangMs: number;
  readonly startMs: number;
  /** Time that a process has to drain. */
  readonly drainMs: number;
  readonly respawn: RespawnPolicy;
}

const VACANT: Seat = { generation: undefined, due: 0, failures: 0 };

export const newFleet = (workers: number, now: number): Fleet => ({
  phase: "starting",
  owner: VACANT,
  workers: Array.from({ length: workers }, () => VACANT),
  members: new Map(),
  lastGeneration: 0,
  revision: 0,
  rollout: undefined,
  hasAddress: false,
  failure: undefined,
  isClean: true,
  stopBy: Infinity,
  tickedAt: now,
});

/** A tick that comes this much too late says that the supervisor itself stood still, ms. */
const STOOD_STILL_MS = 1_000;

/** Since its last tick: who stood still itself cannot tell whether the others did. */
export const stoodStill = ({ tickedAt }: Pick<Fleet, "tickedAt">, now: number): boolean =>
  now - tickedAt >= STOOD_STILL_MS;

/** Workers that serve and were heard of at `oldest` or later, and those on their first try to come up: they are no sign of a fault. */
export const healthySeats = ({ workers, members }: Fleet, oldest: number): number =>
  workers.filter(({ generation, failures }) => {
    const life = generation === undefined ? undefined : members.get(generation)?.life;
    return life?.state === "serving" ? life.heardAt >= oldest : life?.state === "starting" && failures === 0;
  }).length;
