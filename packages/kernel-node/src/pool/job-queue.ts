/**
 * What waits for a worker.
 *
 * Shape      FIFO; what is put back goes before all that came by `push`, in the order it was put back.
 * Bounds     `push` refuses beyond `limit`; what is put back was admitted before and always finds room.
 */
export class JobQueue<J> {
  readonly limit: number;
  private readonly again = new Set<J>();
  private readonly waiting = new Set<J>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.again.size + this.waiting.size;
  }

  push(job: J): boolean {
    if (this.length >= this.limit) return false;
    this.waiting.add(job);
    return true;
  }

  putBack(job: J): void {
    this.again.add(job);
  }

  shift(): J | undefined {
    for (const line of [this.again, this.waiting]) {
      for (const job of line) {
        line.delete(job);
        return job;
      }
    }
    return undefined;
  }

  delete(job: J): boolean {
    return this.again.delete(job) || this.waiting.delete(job);
  }

  [Symbol.iterator](): Iterator<J> {
    return [...this.again, ...this.waiting][Symbol.iterator]();
  }
}
