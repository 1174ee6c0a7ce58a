import type { Batch, Feed, FeedHandler, FeedSubscription } from "@barrage/engine";
import type { Clock } from "@barrage/kernel";

/** Chances, 0 to 1, of what becomes of a batch on its way to one subscriber. */
export interface FeedFaults {
  readonly lose: number;
  readonly repeat: number;
  readonly delay: number;
}

export const NO_FAULTS: FeedFaults = { lose: 0, repeat: 0, delay: 0 };

/** None in `calm` of all cases; else each kind half of the time, with a chance of up to a half. */
export function someFaults(random: () => number, calm: number): FeedFaults {
  const chance = (): number => (random() < 0.5 ? 0 : random() * 0.5);
  return random() < calm ? NO_FAULTS : { lose: chance(), repeat: chance(), delay: chance() };
}

/** Longest delay, ms: a few flush windows, so that later batches overtake. */
const DELAY_MS = 120;

/** One subscriber's way. */
class Way {
  readonly rooms = new Set<string>();
  /** seq of the newest batch that was sent, and of the newest that came, by room. */
  private readonly sent = new Map<string, number>();
  private readonly come = new Map<string, number>();
  private readonly handler: FeedHandler;

  constructor(handler: FeedHandler) {
    this.handler = handler;
  }

  send({ room, seq }: Batch): void {
    this.sent.set(room, Math.max(this.sent.get(room) ?? 0, seq));
  }

  isBehind(room: string): boolean {
    return (this.come.get(room) ?? 0) < (this.sent.get(room) ?? 0);
  }

  carry(batch: Batch): void {
    this.come.set(batch.room, Math.max(this.come.get(batch.room) ?? 0, batch.seq));
    this.handler.batch(batch);
  }

  /** Tells that batches may have been lost. */
  interrupt(): void {
    for (const room of this.rooms) this.handler.interrupted(room);
  }
}

/** A feed that loses, repeats and delays batches, to each subscriber on its own. */
export class FaultyFeed implements Feed {
  faults = NO_FAULTS;
  private readonly ways = new Set<Way>();
  private readonly clock: Clock;
  private readonly random: () => number;

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.random = random;
  }

  publish(batch: Batch): Promise<void> {
    for (const way of this.ways) if (way.rooms.has(batch.room)) this.send(way, batch);
    return Promise.resolve();
  }

  subscribe(handler: FeedHandler): FeedSubscription {
    const way = new Way(handler);
    this.ways.add(way);
    return {
      enter: (room) => {
        way.rooms.add(room);
        return Promise.resolve();
      },
      leave: (room) => void way.rooms.delete(room),
      [Symbol.dispose]: () => void this.ways.delete(way),
    };
  }

  /** Every subscriber is told that batches may have been lost. */
  interrupt(): void {
    for (const way of this.ways) way.interrupt();
  }

  /** Did some subscriber miss the newest batch of the room? It finds out with the next. */
  isBehind(room: string): boolean {
    return [...this.ways].some((way) => way.isBehind(room));
  }

  private send(way: Way, batch: Batch): void {
    const { lose, repeat, delay } = this.faults;
    way.send(batch);
    if (this.random() < lose) return;
    if (this.random() < delay) {
      this.clock.setTimer(this.random() * DELAY_MS, () => way.carry(batch));
      return;
    }
    way.carry(batch);
    if (this.random() < repeat) way.carry(batch);
  }
}
