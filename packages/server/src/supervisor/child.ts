import { asyncDispose, Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { configSchema } from "../config/schema.ts";
import type { ServerConfig } from "../config/schema.ts";
import { reasonOf, serverError } from "../errors.ts";
import type { Facts } from "../telemetry/facts.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ControlPort } from "./control-port.ts";
import { decodeToChild } from "./messages.ts";
import type { FromChild, ProcessLoad, StartMessage, ToChild } from "./messages.ts";
import { Questions } from "./questions.ts";

/** What a process is told to be, with the configuration read. */
export interface RoleOptions extends Omit<StartMessage, "config" | "type"> {
  readonly config: ServerConfig;
  readonly log: Logger;
  /** Asks the supervisor about all processes together. */
  readonly questions: Questions;
}

/** An owner or a gateway worker, as far as its process minds it. */
export interface RunningRole {
  readonly address?: { readonly address: string; readonly family: string; readonly port: number };
  readonly subPort?: number | undefined;
  load(): ProcessLoad;
  /** With each connection of `room`, where one is named. */
  facts(room: string | undefined, isScrape: boolean): Promise<Facts>;
  /** Resolves when nobody needs it any more, for the time after the supervisor's death. */
  unneeded(ctx: Context): Promise<void>;
  /** Rejects when it cannot go on. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
  force(): void;
}

export interface ChildParts {
  readonly port: ControlPort;
  readonly logOf: (level: string) => Logger;
  readonly startRole: (options: RoleOptions) => Promise<RunningRole>;
  /** Gives the clock. */
  readonly root: Context;
}

/** Least time between two reports of metrics and ledger, ms: what a process had counted since is not known when it dies. */
const FACTS_EVERY_MS = 1_000;

const STOPPED = { type: "stopped" } as const;

/**
 * One process of a supervisor from its first message to its exit code: it is told what to be, reports how it goes,
 * and ends when it is told to, or when the supervisor is no more; then workers at once and the owner after them.
 *
 * Errors     none: what went wrong is in the log and in the exit code.
 */
export async function runChild(parts: ChildParts): Promise<number> {
  const child = new Child(parts);
  return child.run();
}

class Child {
  private readonly parts: ChildParts;
  private readonly scope: Scope;
  private readonly told = Promise.withResolvers<StartMessage | typeof STOPPED>();
  private readonly questions: Questions;
  /** Resolves when it is to end; `orphaned` where the supervisor is no more. */
  private readonly ending = Promise.withResolvers<"drained" | "orphaned">();
  private log: Logger;
  private role: RunningRole | undefined;
  private isForced = false;
  private reportEveryMs = FACTS_EVERY_MS;

  constructor(parts: ChildParts) {
    this.parts = parts;
    this.scope = new Scope(parts.root, { name: "process", onError: "report" });
    this.log = parts.logOf("info");
    this.questions = new Questions((question) => this.send(question));
  }

  async run(): Promise<number> {
    const { port } = this.parts;
    port.listen({
      message: (message) => this.heard(message),
      closed: () => {
        this.questions.close();
        this.ending.resolve("orphaned");
        this.told.resolve(STOPPED);
      },
    });
    this.send({ type: "hello" });
    try {
      const message = await this.told.promise;
      return message.type === "stopped" ? 0 : await this.serve(message);
    } finally {
      await this.scope[asyncDispose]();
      await port.flush();
    }
  }

  private send(message: FromChild): void {
    this.parts.port.send(message);
  }

  private heard(message: unknown): void {
    let order: ToChild;
    try {
      order = decodeToChild(message);
    } catch (error) {
      this.log.error({ err: error }, "the supervisor said what cannot be understood");
      return;
    }
    switch (order.type) {
      case "start":
        return this.told.resolve(order);
      case "drain":
        this.told.resolve(STOPPED);
        return this.ending.resolve("drained");
      case "force":
        this.isForced = true;
        this.told.resolve(STOPPED);
        this.ending.resolve("drained");
        return this.role?.force();
      case "collect": {
        const { id, room } = order;
        const { role } = this;
        if (role === undefined || this.scope.closed) return;
        this.scope.spawn(async () => this.send({ type: "facts", id, facts: await role.facts(room, true) }), {
          name: "facts",
        });
        return;
      }
      case "answer":
        return this.questions.answered(order.id, order.body);
    }
  }

  private async serve(message: StartMessage): Promise<number> {
    let role: RunningRole;
    try {
      role = await this.begin(message);
    } catch (error) {
      // Not louder: the supervisor says it, and to whom depends on when it is.
      this.log.debug({ err: error }, "the process does not come up");
      if (BarrageError.is(error)) this.send({ type: "failed", code: error.code, message: error.message });
      else this.send({ type: "failed", code: "SERVER_PROCESS_FAILED", message: reasonOf(error) });
      return 1;
    }
    this.role = role;
    if (this.isForced) role.force();
    const { address, subPort } = role;
    this.send({
      type: "ready",
      ...(address === undefined ? {} : { address }),
      ...(subPort === undefined ? {} : { subPort }),
    });
    this.scope.spawn((ctx) => this.report(role, ctx), { name: "reports" });
    const isSound = await this.untilItEnds(role);
    try {
      await role.close();
      return isSound ? 0 : 1;
    } catch (error) {
      this.log.error({ err: error }, "the process did not end in good order");
      return 1;
    } finally {
      // What it counted to its very end.
      this.send({ type: "report", load: role.load(), facts: await role.facts(undefined, false) });
    }
  }

  private async begin(message: StartMessage): Promise<RunningRole> {
    const { type: _, config: given, ...rest } = message;
    const checked = configSchema.safeParse(given);
    if (!checked.success)
      throw serverError("SERVER_BAD_CONTROL_MESSAGE", { reason: "config is wrong" }, checked.error);
    const config = checked.data;
    this.reportEveryMs = config.workers.reportEveryMs;
    const { role, id, generation } = message;
    // The owner has lines about workers and their generations too.
    const who = role === "owner" ? { role, owner: generation } : { worker: String(id), generation };
    this.log = this.parts.logOf(config.telemetry.logLevel).child(who);
    const { log, questions } = this;
    return this.parts.startRole({ ...rest, config, log, questions });
  }

  /** True where it was told to end, false where it could not go on. */
  private async untilItEnds(role: RunningRole): Promise<boolean> {
    try {
      const why = await Promise.race([this.ending.promise, role.failed]);
      if (why === "orphaned") {
        this.log.warn("the supervisor is no more: this process drains and ends");
        await role.unneeded(this.scope.context);
      }
      return true;
    } catch (error) {
      this.log.error({ err: error }, "the process cannot go on");
      return false;
    }
  }

  private async report(role: RunningRole, ctx: Context): Promise<void> {
    using ticker = new Ticker(this.reportEveryMs, ctx);
    let toldAt = -Infinity;
    for await (const _ of ticker) {
      const isDue = ctx.clock.now() - toldAt >= FACTS_EVERY_MS;
      if (isDue) toldAt = ctx.clock.now();
      const load = role.load();
      this.send(
        isDue
          ? { type: "report", load, facts: await role.facts(undefined, false) }
          : { type: "report", load },
      );
    }
  }
}
