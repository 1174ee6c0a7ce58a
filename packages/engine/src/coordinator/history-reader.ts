import type { Context } from "@barrage/kernel";
import type { HistoryAnswer } from "../engine.ts";
import type { Archive, ArchiveProgress, HistoryPage, HistoryQuery } from "../ports/index.ts";

/** Records of one page of a whole-room reading. */
const PAGE_ITEMS = 1_000;

export interface HistoryParts {
  readonly archive: Pick<Archive, "query">;
  readonly archived: ArchiveProgress;
}

/** History as of now: what was part of the room's state before the call is in it, or the answer says that it may not be. */
export class HistoryReader {
  private readonly parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.parts = parts;
  }

  async history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer> {
    const { archive, archived } = this.parts;
    const isComplete = await archived.reachUnlessFailing(query.room, ctx);
    return { page: await archive.query(query, ctx), isComplete };
  }

  /** Waits until it is complete. */
  async page(room: string, after: number, ctx: Context): Promise<HistoryPage> {
    const { archive, archived } = this.parts;
    await archived.reach(room, ctx);
    return archive.query({ room, after, limit: PAGE_ITEMS }, ctx);
  }
}
