import { isCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { addVerdicts, NO_VERDICT } from "./audience-verdict.ts";
import type { AudienceVerdict } from "./audience-verdict.ts";
import type { RoomAcks } from "./load-worker.ts";
import type { LoadPlan } from "./plan.ts";
import type { RunClock } from "./run-clock.ts";
import type { SecondDelta } from "./second.ts";
import type { StartWorker, WorkerPort } from "./worker-port.ts";

/** A worker that went during the run: what it had told until then is in the report, what its viewers got is not. */
export interface LostWorker {
  readonly worker: number;
  readonly code: string;
  readonly message: string;
  /** The last second it told of; -1 before the first. */
  readonly lastSecond: number;
}

/** How well a worker knew the run's clock. */
export interface WorkerClock {
  readonly worker: number;
  /** Largest bound of its error during the sends, ms; 0 for a worker on the controller's machine. */
  readonly errorMs: number;
  /** How far its clock went against the run's, ms. */
  readonly driftMs: number;
}

interface CrewOptions {
  readonly plan: LoadPlan;
  readonly starts: readonly StartWorker[];
  readonly onDelta: (delta: SecondDelta) => void;
}

interface Member {
  readonly index: number;
  readonly port: WorkerPort;
  lastSecond: number;
  clock: { readonly first: number; last: number; errorMs: number } | undefined;
}

/**
 * All workers of a run. What one has acknowledged, all are told; one that goes is left out from then on.
 *
 * Errors     `connect` rejects with whatever keeps one worker from beginning; `send` and `drain` do with anything but
 *            the loss of a worker.
 */
export class Crew implements AsyncDisposable {
  readonly #members: readonly Member[];
  readonly #lost = new Map<number, LostWorker>();

  constructor({ plan, starts, onDelta }: CrewOptions, ctx: Context) {
    const of = starts.length;
    const members: Member[] = [];
    this.#members = members;
    for (const [index, start] of starts.entries()) {
      const events = {
        second: (delta: SecondDelta): void => {
          const member = members[index];
          if (member !== undefined) member.lastSecond = Math.max(member.lastSecond, delta.second);
          onDelta(delta);
        },
        acks: (acks: RoomAcks): void => {
          for (const member of this.#present()) if (member.index !== index) member.port.learn(acks);
        },
        clock: (clock: RunClock): void => members[index] && noteClock(members[index], clock),
      };
      const port = start({ plan, part: { index, of }, events }, ctx);
      members.push({ index, port, lastSecond: -1, clock: undefined });
    }
  }

  get lost(): readonly LostWorker[] {
    return [...this.#lost.values()].toSorted((a, b) => a.worker - b.worker);
  }

  get clocks(): readonly WorkerClock[] {
    return this.#members.flatMap(({ index, clock }) =>
      clock === undefined
        ? []
        : [{ worker: index, errorMs: clock.errorMs, driftMs: clock.last - clock.first }],
    );
  }

  async connect(): Promise<void> {
    await Promise.all(this.#members.map(({ port }) => port.connect()));
  }

  /** Units: ms of the run's clock. */
  async send(startAt: number): Promise<void> {
    await this.#all((port) => port.send(startAt));
  }

  stop(withinMs?: number): void {
    for (const { port } of this.#present()) port.stop(withinMs);
  }

  async drain(withinMs: number): Promise<AudienceVerdict> {
    const verdicts = await this.#all((port) => port.drain(withinMs));
    return verdicts.reduce(addVerdicts, NO_VERDICT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ port }) => port[Symbol.asyncDispose]()));
  }

  #present(): readonly Member[] {
    return this.#members.filter(({ index }) => !this.#lost.has(index));
  }

  async #all<T>(call: (port: WorkerPort) => Promise<T>): Promise<readonly T[]> {
    const results = await Promise.all(
      this.#present().map(async (member): Promise<readonly T[]> => {
        try {
          return [await call(member.port)];
        } catch (error) {
          if (isCancelled(error) || !BarrageError.is(error) || error.code !== "LOAD_WORKER_LOST") throw error;
          const { index: worker, lastSecond } = member;
          this.#lost.set(worker, { worker, code: error.code, message: error.message, lastSecond });
          return [];
        }
      }),
    );
    return results.flat();
  }
}

function noteClock(member: Member, { offsetMs, errorMs }: RunClock): void {
  // Before the sends it does not matter yet how well the clock is known.
  const { lastSecond, clock } = member;
  if (clock === undefined || lastSecond < 0) member.clock = { first: offsetMs, last: offsetMs, errorMs };
  else member.clock = { ...clock, last: offsetMs, errorMs: Math.max(clock.errorMs, errorMs) };
}
