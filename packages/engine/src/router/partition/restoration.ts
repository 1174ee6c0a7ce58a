import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { EngineEvent } from "../../events.ts";
import type {
  Archive,
  Batch,
  CataloguedRoom,
  Head,
  LogPartition,
  LogRecord,
  RecentWindow,
  RoomCatalog,
  StoredStates,
} from "../../ports/index.ts";
import { partsOf } from "../../room/batch-parts.ts";
import { judgedBy } from "../../room/policies/judge.ts";
import { emptyRoom } from "../../room/state.ts";
import type { RoomState } from "../../room/state.ts";
import { applyRecord } from "../../room/transitions.ts";
import type { EngineSettings } from "../../settings.ts";
import { stateAt } from "../pending.ts";
import { removeRecalled, withoutRecalled } from "../recalls.ts";
import { Recovery } from "../recovery.ts";

/** Records of one read of the log, and the most of a room that are in memory: they are written before the next are read. */
const PAGE = 1_000;

export interface RestorationParts {
  readonly partition: Pick<LogPartition, "read" | "committed">;
  readonly window: RecentWindow;
  readonly states: StoredStates;
  readonly catalog: Pick<RoomCatalog, "find">;
  readonly archive: Pick<Archive, "latest" | "query">;
  readonly bounds: EngineSettings["window"];
  /** Consumer of the log whose committed place says how far the catalogue reaches at least. */
  readonly archiver: string;
  readonly onEvent: (event: EngineEvent) => void;
}

/** A room as far as its window has it. */
export interface Restored {
  readonly state: RoomState;
  /** The last record that is part of it. */
  readonly asOf: number;
  /** The window has the state beside it. */
  readonly isStored: boolean;
}

/**
 * What a shared window lacks of a room, from the catalogue, the archive and the log.
 *
 * Shape      every write is the window's own `append` or `open`: whoever else writes the room at the same time, the
 *            chain stays whole, and what was written in between is found by reading the head again.
 * Bounds     a page of the log's records (PT-29): of a room that the window and the catalogue lost sight of long ago the log
 *            may have millions.
 * Errors     those of the stores; what is written by then is whole as far as it goes, and it may be tried again.
 */
export class Restoration {
  private readonly parts: RestorationParts;
  /** Rooms of whose records only the first may have been written so far; who needs them asks again. */
  private readonly unfinished = new Set<string>();

  constructor(parts: RestorationParts) {
    this.parts = parts;
  }

  /** The room before `first`, its first record after a time that nobody here knows; its window has everything up to there. */
  async load(first: LogRecord, ctx: Context): Promise<Restored> {
    const { room } = first;
    const stored = await this.parts.states.find(room, ctx);
    // What the log has between the head and this record took no place, or it would be among what is followed; unless
    // it was being filled from far back, and a store failed.
    if (stored !== undefined && !this.unfinished.has(room))
      return { state: stored, asOf: stored.head.seq, isStored: true };
    const made = isMaking(first)
      ? { state: emptyRoom(room), asOf: first.seq - 1, isStored: false }
      : undefined;
    return this.fill(room, first.seq - 1, made, ctx);
  }

  /**
   * Brings the room's window to have every record up to `upTo`. `fallback`: the room where its window has nothing and
   * the catalogue cannot be asked, or has nothing of a room that is new.
   */
  async fill(room: string, upTo: number, fallback: Restored | undefined, ctx: Context): Promise<Restored> {
    for (;;) {
      const begun = await this.begin(room, fallback, ctx);
      const first = await this.page(begun, upTo, ctx);
      // What the log has forgotten cannot be filled in: it is a gap, and the order goes on after it.
      if (fallback !== undefined && lacks(await this.headAt(first, upTo, ctx), fallback.state.head)) {
        const opened = await this.open(fallback, false, ctx);
        this.unfinished.delete(room);
        return opened;
      }
      this.unfinished.add(room);
      const filled = await this.write(begun, first, upTo, ctx);
      if (filled === undefined) continue;
      this.unfinished.delete(room);
      return filled;
    }
  }

  /** The room as its window has it; where that has nothing, as the catalogue has it, and then the window has it too. */
  private async begin(room: string, fallback: Restored | undefined, ctx: Context): Promise<Restored> {
    const { states, partition, archiver } = this.parts;
    const stored = await states.find(room, ctx);
    if (stored !== undefined) return { state: stored, asOf: stored.head.seq, isStored: true };
    try {
      // Asked first: what it names is in the catalogue by then.
      const archived = await partition.committed(archiver, ctx);
      const found = await this.parts.catalog.find(room, ctx);
      if (found === undefined && fallback?.state.head.seq === 0) return fallback;
      return await this.open(catalogued(room, found, archived), true, ctx);
    } catch (error) {
      ctx.throwIfCancelled();
      if (fallback === undefined) throw error;
      this.parts.onEvent({ type: "archive_failed", error });
      return this.open(fallback, false, ctx);
    }
  }

  /** `hasPast`: the archive has the room up to its head. */
  private async open(begun: Restored, hasPast: boolean, ctx: Context): Promise<Restored> {
    const { state, asOf } = begun;
    const { id, head, policies } = state;
    if (head.seq === 0) return begun;
    const { archive, bounds, onEvent, window } = this.parts;
    const judged = (_: string, items: readonly Item[]) => judgedBy(policies, items);
    const recovery = new Recovery({ archive, bounds, judged, onEvent });
    const { items, before } = hasPast
      ? await recovery.contents(id, head.seq, ctx)
      : { items: [], before: { kept: [], keptFrom: head.seq } };
    await window.open(id, { ...head, before, state }, items, ctx);
    return { state, asOf, isStored: true };
  }

  /** What the log has of the room next; of a room that is as far as `upTo` nothing. */
  private async page({ state, asOf }: Folding, upTo: number, ctx: Context): Promise<Folded> {
    if (asOf >= upTo) return { state, asOf, items: [], changes: [] };
    const records = await this.parts.partition.read(asOf, PAGE, ctx, state.id);
    const last = records.length < PAGE ? upTo : Math.min(records.at(-1)?.seq ?? upTo, upTo);
    const own = records.filter(({ seq }) => seq <= upTo);
    return { ...foldAll(state, own), asOf: last };
  }

  /** Where the chain comes to by `upTo`. Looked up before anything is written; the pages are not kept. */
  private async headAt({ state, asOf }: Folding, upTo: number, ctx: Context): Promise<Head> {
    let at: Folding = { state, asOf };
    while (at.asOf < upTo) at = stateOf(await this.page(at, upTo, ctx));
    return at.state.head;
  }

  /** Undefined when somebody else wrote, or the window lost what it had. */
  private async write(
    begun: Restored,
    first: Folded,
    upTo: number,
    ctx: Context,
  ): Promise<Restored | undefined> {
    let at = await this.append(begun, first, ctx);
    while (at !== undefined && at.asOf < upTo)
      at = await this.append(at, await this.page(at, upTo, ctx), ctx);
    return at;
  }

  private async append(
    begun: Restored,
    { items, changes, state, asOf }: Folded,
    ctx: Context,
  ): Promise<Restored | undefined> {
    let { head } = begun.state;
    let { isStored } = begun;
    await removeRecalled(this.parts.window, state.id, items, ctx);
    for (const part of partsOf(withoutRecalled(judgedBy(begun.state.policies, items)))) {
      const last = part.at(-1);
      if (last === undefined) break;
      const to: Head = { seq: last.seq, n: last.n };
      const isChanged = part.some(({ kind }) => kind === "room-event");
      const after = isChanged || !isStored ? { state: stateAt(begun.state, changes, to) } : {};
      const batch: Batch = { room: state.id, prev: head.seq, seq: to.seq, items: part, ...after };
      if ((await this.parts.window.append(batch, ctx)) !== "written") return undefined;
      head = to;
      isStored = true;
    }
    return { state, asOf, isStored };
  }
}

const isMaking = ({ live, entry }: LogRecord): boolean =>
  live && entry.kind === "room-event" && entry.event.type === "created";

function catalogued(room: string, found: CataloguedRoom | undefined, archived: number): Restored {
  const state = found?.state ?? emptyRoom(room);
  return { state, asOf: Math.max(found?.seq ?? 0, archived), isStored: false };
}

/** Not as far as it should be, or there by another way. */
const lacks = (head: Head, known: Head): boolean =>
  head.seq < known.seq || (head.seq === known.seq && head.n !== known.n);

/** A room, and the last record that is part of it. */
type Folding = Pick<Restored, "state" | "asOf">;

interface Folded extends Folding {
  readonly items: readonly Item[];
  readonly changes: readonly RoomState[];
}

const stateOf = ({ state, asOf }: Folded): Folding => ({ state, asOf });

function foldAll(before: RoomState, records: readonly LogRecord[]): Omit<Folded, "asOf"> {
  const items: Item[] = [];
  const changes: RoomState[] = [];
  let state = before;
  for (const record of records) {
    const applied = applyRecord(state, record);
    if (applied.outcome !== "published") continue;
    state = applied.state;
    items.push(applied.item);
    if (applied.item.kind === "room-event") changes.push(state);
  }
  return { items, changes, state };
}
