import type { BatchHeader } from "./frame-reader.ts";
import { RawViewer } from "./viewer.ts";

/** A record of a sampled batch, as far as it is looked at. */
export interface SampledItem {
  readonly seq: number;
  readonly kind: string;
  readonly content?: string;
}

/** What all viewers of a run saw. */
export interface AudienceLog {
  /** prev, seq, moment of the last byte: three numbers for each batch of each viewer. */
  readonly receipts: readonly Float64Array[];
  /** What broke the rules of the stream, by its name. */
  readonly faults: ReadonlyMap<string, number>;
  /** Records told by `count`, over all viewers. */
  readonly delivered: number;
  /** Records withheld and told so. */
  readonly shed: number;
  readonly gaps: number;
  readonly batches: number;
  readonly sampled: readonly (readonly SampledItem[])[];
}

const RECEIPT = 3;
/** Receipts of one viewer at first; doubled when full. */
const FIRST_RECEIPTS = 4_096;

/** One viewer's stream: its chain is checked frame by frame, its receipts kept as plain numbers. */
class Seat {
  receipts = new Float64Array(FIRST_RECEIPTS * RECEIPT);
  used = 0;
  head = -1;

  note({ prev, seq }: BatchHeader, at: number): void {
    if (this.used + RECEIPT > this.receipts.length) {
      const larger = new Float64Array(this.receipts.length * 2);
      larger.set(this.receipts);
      this.receipts = larger;
    }
    this.receipts[this.used] = prev;
    this.receipts[this.used + 1] = seq;
    this.receipts[this.used + 2] = at;
    this.used += RECEIPT;
  }
}

/** The viewers of one room. */
export class Audience {
  readonly #seats: Seat[] = [];
  readonly #viewers: RawViewer[] = [];
  readonly #faults = new Map<string, number>();
  readonly #sampled: SampledItem[][] = [];
  readonly #takeSample: () => boolean;
  #delivered = 0;
  #shed = 0;
  #gaps = 0;
  #batches = 0;

  /** `takeSample` decides for each batch whether its content is kept. */
  constructor(takeSample: () => boolean) {
    this.#takeSample = takeSample;
  }

  async join(where: { readonly host: string; readonly port: number }, room: string): Promise<void> {
    const seat = new Seat();
    const viewer = new RawViewer(where, room, {
      wantsText: this.#takeSample,
      batch: (header) => this.#batch(seat, header),
      text: (json) => this.#text(seat, json),
      close: (code) => this.#fault(`closed with ${code}`),
    });
    this.#seats.push(seat);
    this.#viewers.push(viewer);
    await viewer.opened;
  }

  /** Tells the server that everybody is still there. */
  ping(): void {
    for (const viewer of this.#viewers) viewer.ping();
  }

  /** Smallest place that every viewer has reached. */
  get slowestHead(): number {
    return Math.min(...this.#seats.map(({ head }) => head));
  }

  leave(): AudienceLog {
    for (const viewer of this.#viewers) viewer.close();
    return {
      receipts: this.#seats.map(({ receipts, used }) => receipts.subarray(0, used)),
      faults: this.#faults,
      delivered: this.#delivered,
      shed: this.#shed,
      gaps: this.#gaps,
      batches: this.#batches,
      sampled: this.#sampled,
    };
  }

  #batch(seat: Seat, header: BatchHeader): void {
    const { prev, seq, count, shed } = header;
    if (prev !== seat.head) this.#fault("prev is not the last seq");
    if (seq <= prev) this.#fault("seq does not grow");
    if (count + shed < 1) this.#fault("an empty batch");
    seat.head = seq;
    seat.note(header, performance.now());
    this.#delivered += count;
    this.#shed += shed;
    this.#batches += 1;
  }

  #text(seat: Seat, json: string): void {
    const frame = JSON.parse(json) as {
      type: string;
      head?: number;
      to?: number;
      count?: number;
      items?: SampledItem[];
      prev?: number;
      seq?: number;
    };
    if (frame.type === "snapshot") seat.head = frame.head ?? -1;
    else if (frame.type === "gap") {
      this.#gaps += 1;
      seat.head = frame.to ?? -1;
    } else if (frame.type === "batch") this.#sample(frame.items ?? [], frame);
    else if (frame.type === "error") this.#fault(json);
  }

  #sample(
    items: SampledItem[],
    { prev = 0, seq = 0, count }: { prev?: number; seq?: number; count?: number },
  ): void {
    if (items.length !== count) this.#fault("count is not the number of records");
    let last = prev;
    for (const item of items) {
      if (item.seq <= last || item.seq > seq) this.#fault("a record outside its batch's range");
      last = item.seq;
    }
    this.#sampled.push(items);
  }

  #fault(name: string): void {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }
}
