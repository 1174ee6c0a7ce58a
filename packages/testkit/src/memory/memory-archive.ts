import type { Archive, ArchivedItem, HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Item } from "@barrage/protocol";

const KEPT: ReadonlySet<string> = new Set(["room-event", "recall", "superchat", "gift"]);

interface Row extends ArchivedItem {
  hidden: boolean;
}

/** An `Archive` that lives as long as the test. */
export class MemoryArchive implements Archive {
  /** By room, in order of seq. */
  private readonly rooms = new Map<string, Row[]>();
  private readonly seqs = new Set<number>();

  write(items: readonly ArchivedItem[]): Promise<void> {
    for (const { room, item } of items) {
      if (this.seqs.has(item.seq)) continue;
      this.seqs.add(item.seq);
      this.rowsOf(room).splice(firstAfter(this.rowsOf(room), item.seq), 0, { room, item, hidden: false });
      if (item.kind === "recall") this.hide(room, item);
    }
    return Promise.resolve();
  }

  query(query: HistoryQuery): Promise<HistoryPage> {
    const { room, from = 0, to = Number.POSITIVE_INFINITY, after, limit, onlyKept = false } = query;
    const rows = this.rowsOf(room);
    const found: Item[] = [];
    for (let i = firstAfter(rows, after); i < rows.length && found.length <= limit; i++) {
      const { item, hidden } = rows[i] ?? { hidden: true };
      if (item === undefined || hidden || item.at < from || item.at >= to) continue;
      if (!onlyKept || KEPT.has(item.kind)) found.push(item);
    }
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return Promise.resolve(
      found.length > limit && last !== undefined ? { items, next: last.seq } : { items },
    );
  }

  latest(room: string, limit: number): Promise<readonly Item[]> {
    const rows = this.rowsOf(room);
    const newest: Item[] = [];
    for (let i = rows.length - 1; i >= 0 && newest.length < limit; i--) {
      const row = rows[i];
      if (row?.hidden === false) newest.push(row.item);
    }
    return Promise.resolve(newest.reverse());
  }

  find(room: string, id: string): Promise<Item | undefined> {
    return Promise.resolve(this.rowsOf(room).find(({ item }) => item.id === id)?.item);
  }

  erase(uid: string): Promise<readonly string[]> {
    const rooms = [...this.rooms].filter(([, rows]) => rows.some(({ item }) => item.author.uid === uid));
    this.keep(({ item }) => item.author.uid !== uid);
    return Promise.resolve(rooms.map(([room]) => room));
  }

  retain(policy: { readonly before: number; readonly maxBytes: number }): Promise<number> {
    return Promise.resolve(this.keep(({ item }) => item.at >= policy.before));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Answers how many go. */
  private keep(isKept: (row: Row) => boolean): number {
    let gone = 0;
    for (const [room, rows] of this.rooms) {
      const kept = rows.filter((row) => isKept(row) || !this.seqs.delete(row.item.seq));
      gone += rows.length - kept.length;
      this.rooms.set(room, kept);
    }
    return gone;
  }

  private rowsOf(room: string): Row[] {
    let rows = this.rooms.get(room);
    if (rows === undefined) {
      rows = [];
      this.rooms.set(room, rows);
    }
    return rows;
  }

  private hide(room: string, { target, seq }: Item & { readonly kind: "recall" }): void {
    for (const row of this.rowsOf(room)) {
      const { item } = row;
      if ("id" in target ? item.id === target.id : item.author.uid === target.uid && item.seq < seq)
        row.hidden = true;
    }
  }
}

/** Index of the first row with a higher seq; rows come in order nearly always. */
function firstAfter(rows: readonly Row[], seq: number): number {
  let low = 0;
  let high = rows.length;
  if ((rows.at(-1)?.item.seq ?? 0) <= seq) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.item.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
