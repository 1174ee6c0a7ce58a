import type { Context } from "@barrage/kernel";
import { CLOSE } from "@barrage/protocol";
import type { Commands } from "./coordinator/commands.ts";
import type { Directory } from "./coordinator/directory.ts";
import type { Engine, WordChecker } from "./engine.ts";
import type { EngineTotals } from "./events.ts";
import type { LocalGateway } from "./gateway/gateway.ts";
import type { Ingest } from "./ingest/ingest.ts";
import type { Owner } from "./owner/owner.ts";
import type { LogStats } from "./ports/index.ts";

/** An engine whose owner and only gateway run in this process. */
export class LocalEngine implements Engine {
  readonly gateway: LocalGateway;
  private readonly owner: Owner;

  constructor(owner: Owner, gateway: LocalGateway) {
    this.owner = owner;
    this.gateway = gateway;
  }

  get publisher(): Ingest {
    return this.owner.publisher;
  }

  get commands(): Commands {
    return this.owner.commands;
  }

  get rooms(): Directory {
    return this.owner.rooms;
  }

  get totals(): EngineTotals {
    return { ...this.gateway.totals, ...this.owner.counts };
  }

  get logStats(): LogStats {
    return this.owner.logStats;
  }

  get roomCount(): number {
    return this.owner.roomCount;
  }

  get retentionFloor(): number {
    return this.owner.retentionFloor;
  }

  /** The longest flush window in force, ms. */
  get windowMs(): number {
    return this.owner.windowMs;
  }

  setWords(check: WordChecker): void {
    this.owner.setWords(check);
  }

  async drain(spreadMs: number, ctx: Context): Promise<void> {
    await this.owner.drain(ctx);
    await this.gateway.drain(CLOSE.DRAIN.code, spreadMs, ctx);
  }

  async stop(ctx: Context): Promise<void> {
    await this.gateway.stop();
    await this.owner.stop(ctx);
  }
}
