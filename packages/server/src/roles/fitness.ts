import type { Engine } from "@barrage/engine";
import type { Health } from "../http/call.ts";

/** A server of its own kind that the process works with. */
export interface Dependency {
  readonly name: string;
  /** False: work may be sent here although it is missing. */
  readonly isNeeded: boolean;
  /** Why it is missing; undefined while it is there. Looked at often: it does not ask. */
  readonly missing: () => string | undefined;
}

/** Whether work may be sent here: what is needed is there and no shutdown has begun. */
export class Fitness implements Health {
  draining = false;
  private readonly dependencies: readonly Dependency[];

  constructor(dependencies: readonly Dependency[]) {
    this.dependencies = dependencies;
  }

  get isFit(): boolean {
    return this.reasons().length === 0;
  }

  reasons(): readonly string[] {
    return [...(this.draining ? ["the server is going down"] : []), ...this.missing(true)];
  }

  degraded(): readonly string[] {
    return this.missing(false);
  }

  private missing(isNeeded: boolean): readonly string[] {
    return this.dependencies
      .filter((one) => one.isNeeded === isNeeded)
      .flatMap(({ missing }) => missing() ?? []);
  }
}

/** The log says itself why it takes no appends. */
export const logOf = (engine: Pick<Engine, "logStats">): Dependency => ({
  name: "log",
  isNeeded: true,
  missing: () => engine.logStats.failed,
});
