import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ArchiveProgress, RoomCatalog, RoomStates } from "../ports/index.ts";

export interface CatalogProgressParts {
  readonly catalog: Pick<RoomCatalog, "find">;
  readonly states: Pick<RoomStates, "fresh">;
  /** seq of the last record of a room that this process has acknowledged, 0 for none: it may not be routed yet. */
  readonly acknowledged: (room: string) => number;
}

/** Pauses between two looks, ms: an archiver that is not behind writes several times a second. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
/** How long history waits for the archiver, ms: longer, and a reader rather has what there is. */
const PATIENCE_MS = 1_500;

/** The archive's progress as its catalogue shows it, in a process that does not write it. */
export class CatalogProgress implements ArchiveProgress {
  private readonly parts: CatalogProgressParts;

  constructor(parts: CatalogProgressParts) {
    this.parts = parts;
  }

  async reach(room: string, ctx: Context): Promise<void> {
    const { catalog, states, acknowledged } = this.parts;
    const ours = acknowledged(room);
    const { seq: routed = 0 } = (await states.fresh(room, ctx))?.head ?? {};
    const seq = Math.max(ours, routed);
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      const { seq: archived = 0 } = (await catalog.find(room, ctx)) ?? {};
      if (archived >= seq) return;
      await sleep(pause, ctx);
    }
  }

  async reachUnlessFailing(room: string, ctx: Context): Promise<boolean> {
    using patient = ctx.cancellable({ timeout: PATIENCE_MS, name: "history" });
    try {
      await this.reach(room, patient);
      return true;
    } catch {
      ctx.throwIfCancelled();
      // Late, or not even to be asked: what the archive itself answers is given as it is.
      return false;
    }
  }
}
