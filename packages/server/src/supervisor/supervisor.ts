import { asyncDispose, Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ServerConfig } from "../config/schema.ts";
import { serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Whole } from "../telemetry/whole.ts";
import { Collections } from "./collection.ts";
import type { ChildProcessHandle, ProcessStarter } from "./control-port.ts";
import type { CpuTimes, CpuTimesReader } from "./cpu-times.ts";
import { fleetMetrics } from "./fleet-metrics.ts";
import { fleetTable } from "./fleet-table.ts";
import { healthySeats, newFleet } from "./fleet.ts";
import type { Fleet, FleetEffect, FleetEvent, FleetPolicy, Member } from "./fleet.ts";
import { decodeFromChild } from "./messages.ts";
import type { FromChild, ProcessLoad, ToChild } from "./messages.ts";
import { settingsFixedAtStart } from "./reload.ts";
import { Scaler } from "./scaler.ts";
import { membersToRead } from "./silence.ts";
import { stepFleet } from "./step-fleet.ts";
import { firstCount } from "./worker-count.ts";

export interface SupervisorOptions {
  readonly config: ServerConfig;
  /** Reads the configuration again. Errors: SERVER_CONFIG_INVALID, SERVER_CONFIG_UNREADABLE. */
  readonly readConfig: () => ServerConfig;
  readonly starter: ProcessStarter;
  /** The owner's Unix-domain socket. */
  readonly socketPath: string;
  /** The kernel spreads the connections of one port over its listeners; else the processes share one listener. */
  readonly reusePort: boolean;
  /** Where the workers listen; what is undefined, the first one chooses. */
  readonly listens: PartlyKnown<WorkersAddress>;
  readonly webRoot?: string;
  readonly log: Logger;
  /** Tells who is starved from who hangs. */
  readonly cpuTimes: CpuTimesReader;
  /** Processors of this machine. */
  readonly parallelism: number;
  readonly pid: number;
  /** Gives the clock; outlives everything that is ended here. */
  readonly root: Context;
}

/** Where the workers listen. */
export interface WorkersAddress {
  readonly port: number;
  readonly subPort: number | undefined;
}

type PartlyKnown<T> = { readonly [K in keyof T]: T[K] | undefined };

interface Running {
  readonly handle: ChildProcessHandle;
  load: ProcessLoad | undefined;
}

const TICK_MS = 100;
const DECIDE_EVERY_MS = 1_000;
/** A worker is healthy while the last of its reports is not older than so many of them should be. */
const REPORTS_MISSED = 4;
/** Questions of gateways that are answered at a time, and that wait. */
const QUESTIONS_AT_ONCE = 8;
const QUESTIONS_WAITING = 256;

/**
 * Runs one owner and several gateway workers as processes: starts them, replaces those that die or hang, chooses how
 * many there are, restarts all of them one by one, and ends them in order.
 *
 * Shape      every event goes through `stepFleet`; what that asks for is done here.
 * Errors     `begin` rejects with what kept a process from coming up; `close` with SERVER_DRAIN_FORCED.
 */
export class Supervisor {
  private readonly options: SupervisorOptions;
  private readonly scope: Scope;
  private readonly questions: Scope;
  private readonly log: Logger;
  private readonly running = new Map<number, Running>();
  private readonly configs = new Map<number, ServerConfig>();
  private readonly replacements = new Map<string, number>();
  private readonly silences = new Map<string, number>();
  private readonly whole = new Whole();
  private readonly collections = new Collections();
  private readonly scaler: Scaler;
  private readonly isUp = Promise.withResolvers<void>();
  private readonly hasEnded = Promise.withResolvers<boolean>();
  private readonly events: FleetEvent[] = [];
  private isStepping = false;
  private fleet: Fleet;
  private config: ServerConfig;
  private revisions = 0;
  private listens: PartlyKnown<WorkersAddress>;
  private badMessages = 0;
  private reloadsRefused = 0;

  private constructor(options: SupervisorOptions) {
    const { config, log, parallelism, root } = options;
    this.options = options;
    this.log = log;
    this.config = config;
    this.listens = options.listens;
    this.configs.set(0, config);
    this.scope = new Scope(root, { name: "supervisor", onError: "report" });
    this.questions = new Scope(this.scope.context, {
      name: "questions",
      onError: "report",
      limit: QUESTIONS_AT_ONCE,
      queue: QUESTIONS_WAITING,
    });
    this.scope.use(this.questions);
    const now = this.now();
    this.fleet = newFleet(firstCount(config.workers, parallelism), now);
    this.scaler = new Scaler(config.workers, { log, parallelism, now });
  }

  /** Resolves when every process serves. */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    supervisor.scope.spawn((ctx) => supervisor.tick(ctx), { name: "processes" });
    supervisor.scope.spawn((ctx) => supervisor.decide(ctx), { name: "number of workers" });
    supervisor.tell({ type: "begin" });
    // The first worker loads while the owner comes up.
    options.starter.prepare();
    try {
      await supervisor.isUp.promise;
      return supervisor;
    } catch (error) {
      await supervisor.end();
      throw error;
    }
  }

  get address(): WorkersAddress {
    const { port = this.config.server.port, subPort } = this.listens;
    return { port, subPort };
  }

  /** Workers that there should be. */
  get workers(): number {
    return this.fleet.workers.length;
  }

  /** Reads the configuration again and restarts all processes one by one with it; a bad one changes nothing. */
  reload(): void {
    try {
      const next = this.options.readConfig();
      const fixed = settingsFixedAtStart(this.config, next);
      if (fixed.length > 0) throw serverError("SERVER_RELOAD_REFUSED", { settings: fixed.join(", ") });
      if (this.fleet.phase === "up") this.adopt(next);
    } catch (error) {
      this.reloadsRefused += 1;
      this.log.error({ err: error }, "the processes go on as they are: the configuration cannot be used");
    }
  }

  /** Drains the workers, then the owner. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  async close(): Promise<void> {
    this.tell({ type: "stop" });
    const isClean = await this.hasEnded.promise;
    await this.end();
    if (!isClean)
      throw serverError("SERVER_DRAIN_FORCED", { reason: "not every process ended in good order" });
  }

  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void {
    this.tell({ type: "force" });
  }

  private prepare(): void {
    if (this.fleet.phase === "starting" || this.fleet.phase === "up") this.options.starter.prepare();
  }

  private async end(): Promise<void> {
    await this.scope[asyncDispose]();
    await this.options.starter.close();
  }

  private now(): number {
    return this.options.root.clock.now();
  }

  private adopt(next: ServerConfig): void {
    const revision = (this.revisions += 1);
    this.configs.set(revision, next);
    const isOtherCount = next.workers.count !== this.config.workers.count;
    this.config = next;
    this.scaler.adopt(next.workers, this.now());
    this.tell({ type: "reload", revision });
    if (isOtherCount)
      this.tell({ type: "resize", workers: firstCount(next.workers, this.options.parallelism) });
  }

  private async tick(ctx: Context): Promise<void> {
    using ticker = new Ticker(TICK_MS, ctx);
    for await (const _ of ticker) this.tell({ type: "tick", times: this.timesForTick() });
  }

  private timesForTick(): ReadonlyMap<number, CpuTimes> {
    const times = new Map<number, CpuTimes>();
    for (const { generation } of membersToRead(this.fleet, this.policy.hangMs, this.now())) {
      const read = this.timesOf(generation);
      if (read !== undefined) times.set(generation, read);
    }
    return times;
  }

  private timesOf(generation: number): CpuTimes | undefined {
    const running = this.running.get(generation);
    return running === undefined ? undefined : this.options.cpuTimes(running.handle.pid);
  }

  private async decide(ctx: Context): Promise<void> {
    using ticker = new Ticker(DECIDE_EVERY_MS, ctx);
    for await (const _ of ticker) {
      if (this.fleet.phase !== "up") continue;
      const workers = this.fleet.workers.length;
      const wanted = this.scaler.look(this.now(), { workers, healthy: this.healthy() });
      if (wanted !== workers) this.tell({ type: "resize", workers: wanted });
    }
  }

  private healthy(): number {
    const oldest = this.now() - this.config.workers.reportEveryMs * REPORTS_MISSED;
    return healthySeats(this.fleet, oldest);
  }

  private get policy(): FleetPolicy {
    const { workers, server } = this.config;
    const { hangMs, startMs, respawn } = workers;
    return { hangMs, startMs, respawn, drainMs: server.shutdownDeadlineMs };
  }

  /** One event after the other: what is done for one may bring the next. */
  private tell(event: FleetEvent): void {
    this.events.push(event);
    if (this.isStepping) return;
    this.isStepping = true;
    try {
      for (let next = this.events.shift(); next !== undefined; next = this.events.shift()) {
        const { fleet, effects } = stepFleet(this.fleet, next, this.policy, this.now());
        this.fleet = fleet;
        for (const effect of effects) this.perform(effect);
      }
    } finally {
      this.isStepping = false;
    }
  }

  private perform(effect: FleetEffect): void {
    switch (effect.type) {
      case "start":
        return this.startProcess(effect);
      case "drain":
      case "force":
        return this.send(effect.generation, { type: effect.type });
      case "kill":
        return this.running.get(effect.generation)?.handle.kill();
      case "replaced":
        return count(this.replacements, `${effect.role} ${effect.reason}`);
      case "silence":
        return count(this.silences, `${effect.role} ${effect.verdict}`);
      case "revised":
        this.config = this.configs.get(effect.revision) ?? this.config;
        return this.scaler.adopt(this.config.workers, this.now());
      case "up":
        return this.isUp.resolve();
      case "say":
        return this.log[effect.level]({ ...effect.fields, pid: this.pidOf(effect.fields) }, effect.text);
      case "ended":
        return this.ended(effect);
    }
  }

  private pidOf({ generation }: Readonly<Record<string, string | number>>): number | undefined {
    return typeof generation === "number" ? this.running.get(generation)?.handle.pid : undefined;
  }

  private ended({ isClean, failure }: FleetEffect & { readonly type: "ended" }): void {
    this.hasEnded.resolve(isClean);
    if (failure === undefined) return;
    const error = serverError("SERVER_PROCESS_FAILED", { reason: failure.message, code: failure.code });
    this.isUp.reject(error);
  }

  private startProcess(effect: FleetEffect & { readonly type: "start" }): void {
    const { generation } = effect;
    let handle: ChildProcessHandle;
    try {
      handle = this.processOf(effect);
    } catch (error) {
      // The system has no memory or no place for it now: as one that died early it is tried again, ever more slowly.
      this.log.error({ generation, err: error }, "a process could not be started");
      return this.tell({ type: "exited", generation, code: null, how: "it could not be started" });
    }
    this.running.set(generation, { handle, load: undefined });
    handle.begin();
  }

  private processOf(effect: FleetEffect & { readonly type: "start" }): ChildProcessHandle {
    const { role, generation } = effect;
    return this.options.starter.start(role, {
      message: (message) => this.heard(effect, message),
      exited: (code, signal) => {
        this.running.delete(generation);
        this.whole.retire(generation);
        this.scaler.forget(generation);
        this.collections.gone(generation);
        const how = signal ?? `exit code ${code ?? "unknown"}`;
        this.tell({ type: "exited", generation, code, how });
      },
    });
  }

  private heard(effect: FleetEffect & { readonly type: "start" }, message: unknown): void {
    const { role, id, generation } = effect;
    try {
      this.take(effect, decodeFromChild(message));
    } catch (error) {
      this.badMessages += 1;
      this.log.error(
        { role, worker: String(id), generation, err: error },
        "a process said what cannot be understood",
      );
    }
  }

  private take(effect: FleetEffect & { readonly type: "start" }, message: FromChild): void {
    const { role, generation } = effect;
    switch (message.type) {
      case "hello":
        return this.instruct(effect);
      case "ready":
        this.listens = {
          port: this.listens.port ?? message.address?.port,
          subPort: this.listens.subPort ?? message.subPort,
        };
        this.tell({ type: "ready", generation, times: this.timesOf(generation) });
        // Not before: it would take the processor from the one that was needed now.
        return this.prepare();
      case "failed":
        return this.tell({ type: "failed", generation, failure: message });
      case "report": {
        const { load, facts } = message;
        const running = this.running.get(generation);
        if (running === undefined) return;
        running.load = load;
        if (facts !== undefined) this.whole.tell(generation, facts);
        if (role === "worker" && this.fleet.members.get(generation)?.life.state === "serving")
          this.scaler.report(generation, { queue: load.queue, cpu: load.cpuShare }, this.now());
        const times = this.timesOf(generation);
        return this.tell({ type: "heard", generation, connections: load.connections, times });
      }
      case "facts":
        if (this.running.has(generation)) this.whole.tell(generation, message.facts);
        return this.collections.answered(message.id, generation, message.facts);
      case "ask":
        this.questions.spawn((ctx) => this.answer(generation, message, ctx), { name: message.question });
    }
  }

  private instruct({ role, id, generation, revision }: FleetEffect & { readonly type: "start" }): void {
    const { socketPath, reusePort, webRoot } = this.options;
    const config = this.configs.get(revision) ?? this.config;
    const { host, port, subPort } = config.server;
    const listen = {
      host,
      port: this.listens.port ?? port,
      reusePort,
      subPort: this.listens.subPort ?? subPort,
    };
    this.send(generation, {
      type: "start",
      role,
      id,
      generation,
      config,
      socketPath,
      ...(role === "worker" ? { listen } : {}),
      ...(webRoot === undefined ? {} : { webRoot }),
    });
  }

  private send(generation: number, message: ToChild): void {
    this.running.get(generation)?.handle.send(message);
  }

  private async answer(
    generation: number,
    { id, question, room }: FromChild & { readonly type: "ask" },
    ctx: Context,
  ): Promise<void> {
    this.send(generation, { type: "answer", id, body: await this.answerTo(question, room, ctx) });
  }

  private async answerTo(question: string, room: string | undefined, ctx: Context): Promise<unknown> {
    const members = [...this.fleet.members.values()];
    if (question === "workers") return this.table(members);
    const asked = members.filter(({ life }) => life.state === "serving" || life.state === "draining");
    const facts = await this.collections.collect(
      asked.map(({ generation }) => generation),
      (generation, id) =>
        this.send(generation, { type: "collect", id, ...(room === undefined ? {} : { room }) }),
      ctx,
    );
    return question === "ledger" ? this.whole.ledger(facts) : this.whole.metrics(this.ownMetrics());
  }

  private table(members: readonly Member[]): unknown {
    return fleetTable({
      members: this.withLoads(members),
      pid: this.options.pid,
      spare: this.options.starter.spare,
      workers: this.fleet.workers.length,
      bounds: this.scaler.bounds,
      phase: this.fleet.phase,
      decided: this.scaler.last,
      now: this.now(),
    });
  }

  private withLoads(members: readonly Member[]) {
    return members.map((member) => {
      const running = this.running.get(member.generation);
      return { ...member, load: running?.load, pid: running?.handle.pid };
    });
  }

  private ownMetrics() {
    return fleetMetrics({
      members: this.withLoads([...this.fleet.members.values()]),
      decisions: this.scaler.decisions(),
      replacements: byTwo(this.replacements).map(([role, reason, times]) => ({ role, reason, count: times })),
      silences: byTwo(this.silences).map(([role, verdict, times]) => ({ role, verdict, count: times })),
      badMessages: this.badMessages,
      reloadsRefused: this.reloadsRefused,
    });
  }
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Counts whose keys are two words. */
const byTwo = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([key, times]) => {
    const [first = "", second = ""] = key.split(" ");
    return [first, second, times] as const;
  });
