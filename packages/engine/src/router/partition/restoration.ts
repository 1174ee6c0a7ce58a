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

/** Records of one read of the log. */
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
 * Bounds     two pages of the log's records (PT-29): of a room that window and catalogue lost sight of long ago the log may
 *            have millions.
 * Errors     those of the stores; what is written by then is whole as far as it goes, and it may be tried again.
 */
export class Restoration {
  private readonly parts: RestorationParts;

  constructor(parts: RestorationParts) {
    this.parts = parts;
  }

  /** The room before `first`, its first record after a time that nobody here knows; its window has everything up to there. */
  async load(first: LogRecord, ctx: Context): Promise<Restored> {
    const { room } = first;
    const stored = await this.parts.states.find(room, ctx);
    // What the log has between the head and this record took no place, or it would be among what is followed.
    if (stored !== undefined) return { state: stored, asOf: stored.head.seq, isStored: true };
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
      const first = await this.taken(begun, upTo, ctx);
      // What the log has forgotten cannot be filled in: it is a gap, and the order goes on after it.
      if (fallback !== undefined && lacks(await this.headAt(first, upTo, ctx), fallback.state.head)) {
        return this.open(fallback, { hasPast: false, isWhole: true }, ctx);
      }
      const standing = await this.stand(begun, first.items.length === 0, ctx);
      const filled = await this.write(standing, first, upTo, ctx);
      if (filled !== undefined) return filled;
    }
  }

  /** The room as its window has it; where that has nothing, as the catalogue has it. */
  private async begin(room: string, fallback: Restored | undefined, ctx: Context): Promise<Restored> {
    const { states, partition, archiver } = this.parts;
    const stored = await states.find(room, ctx);
    if (stored !== undefined) return { state: stored, asOf: stored.head.seq, isStored: true };
    try {
      // Asked first: what it names is in the catalogue by then.
      const archived = await partition.committed(archiver, ctx);
      const found = await this.parts.catalog.find(room, ctx);
      if (found === undefined && fallback?.state.head.seq === 0) return fallback;
      return catalogued(room, found, archived);
    } catch (error) {
      ctx.throwIfCancelled();
      if (fallback === undefined) throw error;
      this.parts.onEvent({ type: "archive_failed", error });
      return this.open(fallback, { hasPast: false, isWhole: true }, ctx);
    }
  }

  /** Has the window stand where the room was begun, unless somebody has filled it further already. `isWhole`: that is all. */
  private async stand(begun: Restored, isWhole: boolean, ctx: Context): Promise<Standing> {
    const { state } = begun;
    if (begun.isStored || (isWhole && state.head.seq === 0)) return { ...begun, has: state.head };
    await this.open(begun, { hasPast: true, isWhole }, ctx);
    const { head: has } = await this.parts.window.read(state.id, Number.MAX_SAFE_INTEGER, 0, ctx);
    return { ...begun, has, isStored: isWhole && has.seq === state.head.seq };
  }

  /** `hasPast`: the archive has the room up to its head. `isWhole`: nothing is to follow. */
  private async open(
    { state, asOf }: Restored,
    { hasPast, isWhole }: { readonly hasPast: boolean; readonly isWhole: boolean },
    ctx: Context,
  ): Promise<Restored> {
    const { id, head, policies } = state;
    if (head.seq === 0) return { state, asOf, isStored: false };
    const { archive, bounds, onEvent, window } = this.parts;
    const judged = (_: string, items: readonly Item[]) => judgedBy(policies, items);
    const recovery = new Recovery({ archive, bounds, judged, onEvent });
    const { items, before } = hasPast
      ? await recovery.contents(id, head.seq, ctx)
      : { items: [], before: { kept: [], keptFrom: head.seq } };
    await window.open(id, { ...head, before, ...(isWhole ? { state } : {}) }, items, ctx);
    return { state, asOf, isStored: isWhole };
  }

  /** What the log has of the room next; of a room that is as far as `upTo` nothing. */
  private async page({ state, asOf }: Folding, upTo: number, ctx: Context): Promise<Folded> {
    if (asOf >= upTo) return { state, asOf, items: [], changes: [] };
    const records = await this.parts.partition.read(asOf, PAGE, ctx, state.id);
    const last = records.length < PAGE ? upTo : Math.min(records.at(-1)?.seq ?? upTo, upTo);
    const own = records.filter(({ seq }) => seq <= upTo);
    return { ...foldAll(state, own), asOf: last };
  }

  /** The next page of which anything took a place in the chain; none of the room's up to `upTo` does where it is empty. */
  private async taken(at: Folding, upTo: number, ctx: Context): Promise<Folded> {
    let page = await this.page(at, upTo, ctx);
    while (page.items.length === 0 && page.asOf < upTo) page = await this.page(page, upTo, ctx);
    return page;
  }

  /** Where the chain comes to by `upTo`. Looked up before anything is written; the pages are not kept. */
  private async headAt({ state, asOf }: Folding, upTo: number, ctx: Context): Promise<Head> {
    let at: Folding = { state, asOf };
    while (at.asOf < upTo) at = stateOf(await this.page(at, upTo, ctx));
    return at.state.head;
  }

  /** Undefined when somebody else wrote, or the window lost what it had. */
  private async write(
    begun: Standing,
    first: Folded,
    upTo: number,
    ctx: Context,
  ): Promise<Restored | undefined> {
    let [at, page] = [begun, first];
    for (;;) {
      const next = await this.taken(page, upTo, ctx);
      const isLast = next.items.length === 0;
      const written = await this.append(at, page, isLast, ctx);
      if (written === undefined) return undefined;
      if (isLast) return { state: next.state, asOf: next.asOf, isStored: written.isStored };
      [at, page] = [written, next];
    }
  }

  /**
   * What the window does not have yet of a page. Where it has no state, the last batch of the last page brings it, and
   * none before: a window with a state is taken to be whole, by the next router too if this one dies in between.
   */
  private async append(
    at: Standing,
    { items, changes, state, asOf }: Folded,
    isLast: boolean,
    ctx: Context,
  ): Promise<Standing | undefined> {
    const { window } = this.parts;
    let { has, isStored } = at;
    const from = has.seq;
    await removeRecalled(window, state.id, items, ctx);
    const judged = withoutRecalled(judgedBy(at.state.policies, items));
    const parts = [...partsOf(judged.filter(({ seq }) => seq > from))];
    for (const [i, part] of parts.entries()) {
      const last = part.at(-1);
      if (last === undefined) break;
      const to: Head = { seq: last.seq, n: last.n };
      const isChanged = part.some(({ kind }) => kind === "room-event");
      const isTold = isStored ? isChanged : isLast && i === parts.length - 1;
      const told = isTold ? { state: stateAt(at.state, changes, to) } : {};
      const batch: Batch = { room: state.id, prev: has.seq, seq: to.seq, items: part, ...told };
      if ((await window.append(batch, ctx)) !== "written") return undefined;
      has = to;
      isStored ||= isTold;
    }
    return { state, asOf, has, isStored };
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

/** As `Restored`, and where the window's chain stands: before what is to be written, or within it. */
interface Standing extends Restored {
  readonly has: Head;
}

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
