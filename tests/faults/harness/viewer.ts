import { Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { WebSocket } from "ws";
import type { Seen, Sight, Withheld } from "./record.ts";

/** Where a viewer connects to, and who counts what it received there. */
export interface Door {
  readonly url: string;
  /** Of the process that serves now: another after a restart. */
  readonly pid: number;
  /** Records that came from that process. */
  note(pid: number, records: number): void;
}

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly n: number;
  readonly content?: string;
}

interface Frame {
  readonly type: string;
  readonly items?: readonly Item[];
  readonly head?: number;
  readonly resumed?: boolean;
  readonly prev?: number;
  readonly seq?: number;
  readonly count?: number | null;
  readonly from?: number;
  readonly to?: number;
  readonly reason?: string;
  readonly shed?: { readonly count: number; readonly reason: string };
}

/** Between two pings, and the silence (no pong, no batch) after which a connection counts as dead: a viewer's own, ms. */
const PING_MS = 500;
const SILENT_MS = 2_500;
/** Before the next try (ms), which goes to the next gateway. */
const RETRY_MS = 100;

/**
 * A viewer that knows only the wire's rules and notes every break of them. When its connection ends or falls silent it
 * comes back with the last seq that it has, at the next gateway.
 */
export class FaultViewer implements AsyncDisposable {
  readonly name: string;
  readonly room: string;
  /** Connections that it has had. */
  connections = 0;
  private readonly doors: readonly Door[];
  private readonly tasks: Scope;
  private readonly seen: Seen[] = [];
  private readonly withheld: Withheld[] = [];
  private readonly faults: string[] = [];
  private head = -1;
  private since = -1;
  private socket: WebSocket | undefined;

  constructor(name: string, room: string, doors: readonly Door[]) {
    this.name = name;
    this.room = room;
    this.doors = doors;
    this.tasks = new Scope(undefined, { name: `viewer ${name}`, onError: "report" });
    this.tasks.spawn((ctx) => this.watch(ctx), { name: "watch" });
  }

  /** Has it seen the room? */
  get isIn(): boolean {
    return this.head >= 0;
  }

  /** seq of the last record that it has. */
  get last(): number {
    return this.head;
  }

  get count(): number {
    return this.seen.length;
  }

  /** When the last record came. */
  get lastAt(): number {
    return this.seen.at(-1)?.at ?? -Infinity;
  }

  has(content: string): boolean {
    return this.seen.some((one) => one.content === content);
  }

  get sight(): Sight {
    const { name, room, since, seen, withheld, faults } = this;
    return { viewer: name, room, since, seen, withheld, faults };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tasks[Symbol.asyncDispose]();
    this.socket?.terminate();
  }

  private async watch(ctx: Context): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const door = this.doors[turn % this.doors.length];
      if (door !== undefined) await this.connect(door, ctx);
      await sleep(RETRY_MS, ctx);
    }
  }

  /** One connection, until it ends or falls silent. */
  private async connect(door: Door, ctx: Context): Promise<void> {
    const since = this.head >= 0 ? `&since=${this.head}` : "";
    const { pid } = door;
    const socket = new WebSocket(`${door.url.replace(/^http/, "ws")}/ws?room_id=${this.room}${since}`, {
      perMessageDeflate: false,
    });
    this.socket = socket;
    let heardAt = ctx.clock.now();
    let isOver = false;
    using open = ctx.cancellable({ name: "connection" });
    socket.on("message", (data) => {
      heardAt = ctx.clock.now();
      if (!Buffer.isBuffer(data) || isOver) return;
      const frame = JSON.parse(data.toString()) as Frame;
      door.note(pid, frame.items?.length ?? 0);
      this.receive(frame, heardAt);
    });
    socket.on("close", () => {
      isOver = true;
      open.cancel();
    });
    // A close follows.
    socket.on("error", () => undefined);
    try {
      while (!isOver && ctx.clock.now() - heardAt < SILENT_MS) {
        // No longer than there is a connection: who is cut off tries again at once.
        await sleep(PING_MS, open).catch(() => ctx.throwIfCancelled());
        const ping = { type: "ping", ...(this.head >= 0 ? { seq: this.head } : {}) };
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(ping));
      }
    } finally {
      isOver = true;
      socket.terminate();
    }
  }

  private receive(frame: Frame, at: number): void {
    if (frame.type === "snapshot") this.snapshot(frame);
    else if (frame.type === "batch") this.batch(frame, at);
    else if (frame.type === "gap") this.gap(frame);
  }

  private snapshot({ head = -1, resumed = false }: Frame): void {
    this.connections += 1;
    if (this.head < 0) this.since = head;
    // The gap frame that tells of what lies between follows.
    else if (!resumed) this.withheld.push({ from: this.head, to: head });
    else if (head !== this.head) this.faults.push(`resumed at ${head}, asked for was ${this.head}`);
    this.head = head;
  }

  private gap({ from = -1, to = -1 }: Frame): void {
    this.withheld.push({ from, to });
    this.head = Math.max(this.head, to);
  }

  private batch({ items = [], prev = -1, seq = -1, shed }: Frame, at: number): void {
    if (prev !== this.head) this.faults.push(`prev ${prev}, but the last seq was ${this.head}`);
    if (shed !== undefined) this.withheld.push({ from: prev, to: seq });
    if (shed === undefined && items.at(-1)?.seq !== seq)
      this.faults.push(`a batch up to ${seq} whose last record is ${items.at(-1)?.seq}`);
    for (const { id, kind, seq: place, n, content = "" } of items)
      this.seen.push({ id, kind, seq: place, n, content, at });
    this.head = seq;
  }
}
