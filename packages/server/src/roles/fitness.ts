import type { Engine } from "@barrage/engine";
import type { Health } from "../http/call.ts";

/** Whether work may be sent here: the log takes appends and no shutdown has begun. */
export class Fitness implements Health {
  draining = false;
  private readonly engine: Pick<Engine, "logStats">;

  constructor(engine: Pick<Engine, "logStats">) {
    this.engine = engine;
  }

  reasons(): readonly string[] {
    const { failed } = this.engine.logStats;
    return [
      ...(this.draining ? ["the server is going down"] : []),
      ...(failed === undefined ? [] : [failed]),
    ];
  }
}
