import type { Archive, ArchivedItem, HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Item } from "@barrage/protocol";

interface Row extends ArchivedItem {
  hidden: boolean;
}

/** An `Archive` that lives as long as the test. */
export class MemoryArchive implements Archive {
  private rows: Row[] = [];

  write(items: readonly ArchivedItem[]): Promise<void> {
    for (const { room, item } of items) {
      if (this.rows.some((row) => row.item.seq === item.seq)) continue;
      this.rows.push({ room, item, hidden: false });
      if (item.kind === "recall") this.hide(room, item);
    }
    this.rows.sort((a, b) => a.item.seq - b.item.seq);
    return Promise.resolve();
  }

  query({ room, from = 0, to = Number.POSITIVE_INFINITY, after, limit }: HistoryQuery): Promise<HistoryPage> {
    const found = this.visible(room).filter(({ seq, at }) => seq > after && at >= from && at < to);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return Promise.resolve(
      found.length > limit && last !== undefined ? { items, next: last.seq } : { items },
    );
  }

  latest(room: string, limit: number): Promise<readonly Item[]> {
    return Promise.resolve(limit === 0 ? [] : this.visible(room).slice(-limit));
  }

  find(room: string, id: string): Promise<Item | undefined> {
    return Promise.resolve(this.rows.find((row) => row.room === room && row.item.id === id)?.item);
  }

  erase(uid: string): Promise<readonly string[]> {
    const gone = this.rows.filter(({ item }) => item.author.uid === uid);
    this.rows = this.rows.filter(({ item }) => item.author.uid !== uid);
    return Promise.resolve([...new Set(gone.map(({ room }) => room))]);
  }

  retain(policy: { readonly before: number; readonly maxBytes: number }): Promise<number> {
    const count = this.rows.length;
    this.rows = this.rows.filter(({ item }) => item.at >= policy.before);
    return Promise.resolve(count - this.rows.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private visible(room: string): readonly Item[] {
    return this.rows.filter((row) => row.room === room && !row.hidden).map(({ item }) => item);
  }

  private hide(room: string, { target, seq }: Item & { readonly kind: "recall" }): void {
    for (const row of this.rows) {
      const { item } = row;
      if (row.room !== room) continue;
      if ("id" in target ? item.id === target.id : item.author.uid === target.uid && item.seq < seq)
        row.hidden = true;
    }
  }
}
