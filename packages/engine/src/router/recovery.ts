import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { EngineEvent } from "../events.ts";
import type { Archive, KeptBefore, WindowPast } from "../ports/index.ts";
import { isKept } from "../room/kept-kinds.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { EngineSettings } from "../settings.ts";
import type { Archiver } from "./archiver.ts";

/** Records of one read. */
const PAGE = 500;
/** Kept records above which no further page is read for one who comes back: it gets these, and comes back for the rest. */
const KEPT_AT_ONCE = 2_000;

export interface RoomContents {
  readonly items: readonly RoomItem[];
  readonly before: KeptBefore;
}

const NOTHING: RoomContents = { items: [], before: { kept: [], keptFrom: 0 } };

export interface RecoveryParts {
  readonly archive: Pick<Archive, "latest" | "query">;
  /** Absent where another process archives. */
  readonly archiver?: Pick<Archiver, "reachUnlessFailing">;
  readonly bounds: EngineSettings["window"];
  /** What the room's policies as they are now make of records. */
  readonly judged: (room: string, items: readonly Item[]) => readonly RoomItem[];
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * What the archive has of a room, for a window that lost it or had no room for it. Imported history is left aside.
 *
 * Errors     none of the archive: viewers do not wait for it. What it does not give is missing, and told as a gap.
 */
export class Recovery {
  private readonly parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.parts = parts;
  }

  /** The newest records up to `upTo`, oldest first, and what is to be kept of the time before them. */
  async contents(room: string, upTo: number, ctx: Context): Promise<RoomContents> {
    if (upTo === 0) return NOTHING;
    try {
      return await this.read(room, upTo, ctx);
    } catch (error) {
      ctx.throwIfCancelled();
      this.parts.onEvent({ type: "archive_failed", error });
      return { items: [], before: { kept: [], keptFrom: upTo } };
    }
  }

  private async read(room: string, upTo: number, ctx: Context): Promise<RoomContents> {
    const { archive, bounds, judged } = this.parts;
    const latest = await archive.latest(room, bounds.maxItems, ctx);
    const items = judged(
      room,
      latest.filter(({ seq, n }) => seq <= upTo && n > 0),
    );
    const first = items[0];
    if (first?.n === 1) return { items, before: NOTHING.before };
    // Without any: the archive is far ahead of where the router begins again, and only what was kept can be given.
    return { items, before: await this.keptBefore(room, first?.seq ?? upTo + 1, ctx) };
  }

  /** Adds what the window had no room to keep, or the first of it where it is much; while the archive cannot be written, what is there. */
  async complete(room: string, after: number, past: WindowPast, ctx: Context): Promise<WindowPast> {
    if (past.keptFrom <= after || past.isExpired) return past;
    await this.parts.archiver?.reachUnlessFailing(past.keptFrom, ctx);
    const kept: Item[] = [];
    try {
      for await (const page of this.pages(room, after, past.keptFrom + 1, ctx)) {
        kept.push(...page);
        const last = kept.at(-1);
        if (last !== undefined && kept.length >= KEPT_AT_ONCE && last.seq < past.keptFrom)
          return { ...past, keptFrom: after, kept, keptTo: { seq: last.seq, n: last.n } };
      }
    } catch (error) {
      ctx.throwIfCancelled();
      this.parts.onEvent({ type: "archive_failed", error });
      return past;
    }
    return { ...past, keptFrom: after, kept: [...kept, ...past.kept] };
  }

  /** The newest that there is room for. */
  private async keptBefore(room: string, end: number, ctx: Context): Promise<KeptBefore> {
    let kept: readonly Item[] = [];
    let keptFrom = 0;
    for await (const page of this.pages(room, 0, end, ctx)) {
      const all = [...kept, ...page];
      const tooMany = all.length - this.parts.bounds.keptItems;
      keptFrom = all[tooMany - 1]?.seq ?? keptFrom;
      kept = tooMany > 0 ? all.slice(tooMany) : all;
    }
    return { kept, keptFrom };
  }

  /** Control and paid records of the resume horizon with a seq after `after` and below `end`. */
  private async *pages(
    room: string,
    after: number,
    end: number,
    ctx: Context,
  ): AsyncIterable<readonly Item[]> {
    const from = ctx.clock.wall() - this.parts.bounds.maxAgeMs;
    let next: number | undefined = after;
    while (next !== undefined) {
      const query = { room, from, after: next, limit: PAGE, onlyKept: true };
      const page: Awaited<ReturnType<Archive["query"]>> = await this.parts.archive.query(query, ctx);
      yield page.items.filter((item) => isKept(item) && item.seq < end && item.n > 0);
      const last = page.items.at(-1);
      next = last === undefined || last.seq >= end ? undefined : page.next;
    }
  }
}
