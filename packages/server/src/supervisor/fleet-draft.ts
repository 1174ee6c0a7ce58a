import type {
  Fleet,
  FleetEffect,
  FleetPolicy,
  Life,
  Member,
  Role,
  Rollout,
  Seat,
  StartFailure,
} from "./fleet.ts";

/** From being told to wait for nobody to the kill, ms: stores are closed meanwhile. */
const KILL_AFTER_MS = 5_000;

/** The next fleet while it is being made, and what has to be done on the way. Never leaves `stepFleet`. */
export class FleetDraft {
  readonly now: number;
  readonly policy: FleetPolicy;
  readonly effects: FleetEffect[] = [];
  phase: Fleet["phase"];
  owner: Seat;
  workers: Seat[];
  members: Map<number, Member>;
  lastGeneration: number;
  revision: number;
  rollout: Rollout | undefined;
  hasAddress: boolean;
  failure: StartFailure | undefined;
  isClean: boolean;
  stopBy: number;
  tickedAt: number;

  constructor(fleet: Fleet, policy: FleetPolicy, now: number) {
    this.now = now;
    this.policy = policy;
    this.phase = fleet.phase;
    this.owner = fleet.owner;
    this.workers = [...fleet.workers];
    this.members = new Map(fleet.members);
    this.lastGeneration = fleet.lastGeneration;
    this.revision = fleet.revision;
    this.rollout = fleet.rollout;
    this.hasAddress = fleet.hasAddress;
    this.failure = fleet.failure;
    this.isClean = fleet.isClean;
    this.stopBy = fleet.stopBy;
    this.tickedAt = fleet.tickedAt;
  }

  done(): Fleet {
    const { phase, owner, workers, members, lastGeneration, revision, rollout } = this;
    const { hasAddress, failure, isClean, stopBy, tickedAt } = this;
    return {
      phase,
      owner,
      workers,
      members,
      lastGeneration,
      revision,
      rollout,
      hasAddress,
      failure,
      isClean,
      stopBy,
      tickedAt,
    };
  }

  memberIn({ generation }: Seat): Member | undefined {
    return generation === undefined ? undefined : this.members.get(generation);
  }

  get ownerServes(): boolean {
    return this.memberIn(this.owner)?.life.state === "serving";
  }

  /** All of a role that are there, on their way out too. */
  *of(role: Role): Generator<Member> {
    for (const member of this.members.values()) if (member.role === role) yield member;
  }

  live(member: Member, life: Life): Member {
    const next = { ...member, life };
    this.members.set(member.generation, next);
    return next;
  }

  start(role: Role, revision: number): number {
    const generation = (this.lastGeneration += 1);
    const id = role === "owner" ? 0 : this.freeId();
    const life = { state: "starting", since: this.now } as const;
    const member = { generation, role, id, revision, startedAt: this.now, life };
    this.members.set(generation, { ...member, connections: 0, failure: undefined });
    this.effects.push({ type: "start", role, id, generation, revision });
    return generation;
  }

  drain(member: Member, forceAt = this.now + this.policy.drainMs): void {
    if (member.life.state === "draining" || member.life.state === "killed") return;
    const killAt = forceAt + KILL_AFTER_MS;
    this.live(member, { state: "draining", since: this.now, forceAt, killAt, forced: false });
    this.effects.push({ type: "drain", generation: member.generation });
  }

  kill(member: Member): void {
    if (member.life.state === "killed") return;
    const cameUp = member.life.state !== "starting";
    this.live(member, { state: "killed", since: this.now, cameUp });
    this.effects.push({ type: "kill", generation: member.generation });
  }

  /** Changes the seat that this process has; false when it has none. */
  reseat(generation: number, change: (seat: Seat) => Seat): boolean {
    if (this.owner.generation === generation) {
      this.owner = change(this.owner);
      return true;
    }
    const index = this.workers.findIndex((seat) => seat.generation === generation);
    const seat = this.workers[index];
    if (seat === undefined) return false;
    this.workers[index] = change(seat);
    return true;
  }

  say(
    level: "info" | "warn" | "error",
    member: Member | undefined,
    text: string,
    figures: Readonly<Record<string, string | number>> = {},
  ): void {
    const who =
      member === undefined
        ? {}
        : { role: member.role, worker: String(member.id), generation: member.generation };
    this.effects.push({ type: "say", level, text, fields: { ...who, ...figures } });
  }

  private freeId(): number {
    const taken = new Set([...this.of("worker")].map(({ id }) => id));
    for (let id = 1; ; id += 1) if (!taken.has(id)) return id;
  }
}

export const nameOf = ({ role, id }: Member): string => (role === "owner" ? "the owner" : `worker ${id}`);
