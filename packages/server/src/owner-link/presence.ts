import type { RoomCount } from "./frames.ts";

/**
 * The viewers of all workers, by room.
 *
 * Shape      each worker's own counts, and which rooms have changed since the others were told.
 * Bounds     as many rooms as somebody is in.
 */
export class Presence<Worker> {
  private readonly byWorker = new Map<Worker, Map<string, number>>();
  private readonly totals = new Map<string, number>();
  private changed = new Set<string>();

  join(worker: Worker): void {
    this.byWorker.set(worker, new Map());
  }

  /** Its viewers are gone at once. */
  drop(worker: Worker): void {
    for (const [room, count] of this.byWorker.get(worker) ?? []) this.add(room, -count);
    this.byWorker.delete(worker);
  }

  /** A worker that has left changes nothing any more. */
  report(worker: Worker, counts: readonly RoomCount[]): void {
    const own = this.byWorker.get(worker);
    if (own === undefined) return;
    for (const [room, count] of counts) {
      this.add(room, count - (own.get(room) ?? 0));
      if (count === 0) own.delete(room);
      else own.set(room, count);
    }
  }

  of(worker: Worker, room: string): number {
    return this.byWorker.get(worker)?.get(room) ?? 0;
  }

  total(room: string): number {
    return this.totals.get(room) ?? 0;
  }

  /** Viewers of the room at all other workers. */
  elsewhere(worker: Worker, room: string): number {
    return this.total(room) - this.of(worker, room);
  }

  /** A worker has to be told of the room whether it changed or not. */
  touch(room: string): void {
    this.changed.add(room);
  }

  takeChanged(): ReadonlySet<string> {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  private add(room: string, difference: number): void {
    if (difference === 0) return;
    const total = this.total(room) + difference;
    if (total === 0) this.totals.delete(room);
    else this.totals.set(room, total);
    this.changed.add(room);
  }
}
