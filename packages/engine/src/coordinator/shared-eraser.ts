import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Archive, Erasure, LogWriter, RecentWindow, RoomCatalog, UserEraser } from "../ports/index.ts";

export interface SharedEraserParts {
  readonly log: Pick<LogWriter, "erase">;
  readonly archive: Pick<Archive, "erase">;
  readonly window: Pick<RecentWindow, "remove">;
  readonly catalog: Pick<RoomCatalog, "list">;
}

/** After so long, ms, what routers and archivers had in hand when the user was erased has come to window and archive. */
const SETTLE_MS = 2_000;
/** Rooms, those with the newest records, whose windows are looked through. */
const WINDOWS_MAX = 1_000;

/**
 * Forgets a user where other processes read the log: from the log's erasure on they are given blank records, and what they
 * had read before is taken out once it has arrived.
 */
export class SharedEraser implements UserEraser {
  private readonly parts: SharedEraserParts;

  constructor(parts: SharedEraserParts) {
    this.parts = parts;
  }

  async erase(uid: string, ctx: Context): Promise<Erasure> {
    const records = await this.parts.log.erase(uid, ctx);
    const before = await this.sweep(uid, ctx);
    await sleep(SETTLE_MS, ctx);
    const late = await this.sweep(uid, ctx);
    return { records, rooms: [...new Set([...before, ...late])] };
  }

  private async sweep(uid: string, ctx: Context): Promise<readonly string[]> {
    const { archive, window, catalog } = this.parts;
    const written = await archive.erase(uid, ctx);
    const recent = await catalog.list(WINDOWS_MAX, ctx);
    for (const room of new Set([...written, ...recent.map(({ id }) => id)]))
      await window.remove(room, ({ author }) => author.uid === uid, ctx);
    return written;
  }
}
