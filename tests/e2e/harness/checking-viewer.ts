import { WebSocket } from "ws";

export interface Seen {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly n: number;
  readonly content?: string;
}

interface Frame {
  readonly type: string;
  readonly items?: readonly Seen[];
  readonly head?: number;
  readonly prev?: number;
  readonly seq?: number;
  readonly count?: number | null;
  readonly from?: number;
  readonly to?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly window_ms?: number;
  readonly shed?: { readonly count: number; readonly reason: string };
}

/**
 * A viewer that believes nothing: it knows only the wire rules, not the SDK, and notes every break of them.
 *
 * What is checked of every frame: `prev` is the last `seq`; records lie in (prev, seq], strictly increasing, the last
 * one at `seq`; `count` is their number; no id comes twice.
 */
export class CheckingViewer {
  readonly socket: WebSocket;
  readonly items: Seen[] = [];
  readonly faults: string[] = [];
  readonly gaps: Frame[] = [];
  readonly errors: Frame[] = [];
  shed = 0;
  byes = 0;
  closeCode: number | undefined;
  head = -1;
  /** The room's flush window as it was said last, ms. */
  windowMs: number | undefined;
  readonly #ids = new Set<string>();
  readonly #waiting = new Set<{ readonly isMet: () => boolean; readonly resolve: () => void }>();

  constructor(url: string, query: string, options: { readonly headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws?${query}`, {
      ...options,
      perMessageDeflate: false,
    });
    this.socket.on("message", (data) => {
      if (Buffer.isBuffer(data)) this.#receive(JSON.parse(data.toString()) as Frame);
      this.#look();
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
      this.#look();
    });
    // A close follows and tells the rest.
    this.socket.on("error", () => this.#look());
  }

  /** A viewer who has seen the room. */
  static async join(url: string, query: string): Promise<CheckingViewer> {
    const viewer = new CheckingViewer(url, query);
    await viewer.until(() => viewer.head >= 0 || viewer.closeCode !== undefined);
    return viewer;
  }

  /** Danmaku texts in the order of their arrival. */
  get texts(): readonly string[] {
    return this.items.filter(({ kind }) => kind === "danmaku").map(({ content }) => content ?? "");
  }

  /** Resolves when the condition holds; looked at after every frame and at the close. */
  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ isMet, resolve }));
  }

  close(): void {
    this.socket.terminate();
  }

  #look(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isMet()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #receive(frame: Frame): void {
    this.windowMs = frame.window_ms ?? this.windowMs;
    if (frame.type === "snapshot") this.#snapshot(frame);
    else if (frame.type === "batch") this.#batch(frame);
    else if (frame.type === "gap") this.#gap(frame);
    else if (frame.type === "bye") this.byes += 1;
    else if (frame.type === "error") this.errors.push(frame);
  }

  #snapshot({ items = [], head = -1 }: Frame): void {
    if (this.head >= 0) this.faults.push("a second snapshot");
    for (const item of items) this.#take(item);
    this.head = head;
  }

  #gap(frame: Frame): void {
    if (frame.from !== this.head) this.faults.push(`gap from ${frame.from}, but head was ${this.head}`);
    this.gaps.push(frame);
    this.head = frame.to ?? -1;
  }

  #batch({ items = [], prev, seq = -1, count, shed }: Frame): void {
    if (prev !== this.head) this.faults.push(`prev ${prev}, but head was ${this.head}`);
    if (count !== items.length) this.faults.push(`count ${count} for ${items.length} items`);
    if (shed === undefined && items.at(-1)?.seq !== seq)
      this.faults.push(`seq ${seq}, but last item ${items.at(-1)?.seq}`);
    let last = this.head;
    for (const item of items) {
      if (item.seq <= last || item.seq > seq)
        this.faults.push(`item ${item.seq} after ${last} in a batch up to ${seq}`);
      last = item.seq;
      this.#take(item);
    }
    this.shed += shed?.count ?? 0;
    this.head = seq;
  }

  #take(item: Seen): void {
    if (this.#ids.has(item.id)) this.faults.push(`${item.id} came twice`);
    this.#ids.add(item.id);
    this.items.push(item);
  }
}
