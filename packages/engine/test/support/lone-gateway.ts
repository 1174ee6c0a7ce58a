import { createMemoryFeed, emptyRoom, MemoryWindow, startGatewayHalf } from "@barrage/engine";
import type {
  Batch,
  EngineEvent,
  FeedHandler,
  FeedSubscription,
  GatewaySource,
  LocalGateway,
  RoomState,
} from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import { FakeSocket, settings } from "./live-engine.ts";

export const item = (seq: number): Item => ({
  kind: "danmaku",
  id: `id-${seq}`,
  seq,
  n: seq,
  at: 1_767_225_600_000,
  author: { uid: "u", name: "U", role: "viewer" },
  content: `text ${seq}`,
  mode: "scroll",
  color: 1,
  size: 25,
});
export const batchOf = (...seqs: readonly number[]): Batch => ({
  room: "r",
  prev: (seqs[0] ?? 1) - 1,
  seq: seqs.at(-1) ?? 0,
  items: seqs.map(item),
});

/** A gateway whose owner is the test. */
export class LoneGateway {
  /** Neither the window nor a place in the feed is to be had. */
  isAway = false;
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly feed = createMemoryFeed();
  readonly window = new MemoryWindow(settings.window, this.clock);
  readonly events: EngineEvent[] = [];
  readonly gateway: LocalGateway;
  /** What the next reads of the window throw. */
  readonly faults: Error[] = [];
  elsewhere = 0;
  state: RoomState | Error = emptyRoom("r");
  /** What who asks for the room waits for. */
  stateIsThere: Promise<void> = Promise.resolve();
  /** Each seq that the room was asked for with. */
  readonly asked: number[] = [];
  /** Who has come in. */
  readonly came: string[] = [];

  constructor() {
    const source: GatewaySource = {
      publisher: undefined as never,
      feed: { subscribe: (handler) => this.entering(handler) },
      window: {
        read: async (room, after, limit) => {
          const fault = this.faults.shift();
          if (fault !== undefined) throw fault;
          if (this.isAway) throw protocolError("BARRAGE_UNAVAILABLE");
          return this.window.read(room, after, limit);
        },
      },
      published: { wait: () => Promise.resolve() },
      requireRoom: async (_room, seq) => {
        this.asked.push(seq);
        await this.stateIsThere;
        if (this.state instanceof Error) throw this.state;
        return this.state;
      },
      windowMs: () => 20,
      viewersElsewhere: () => this.elsewhere,
      joined: ({ room, principal, address }) =>
        void this.came.push(`${room} ${principal?.uid ?? "nobody"} ${address}`),
    };
    const onEvent = (event: EngineEvent): void => void this.events.push(event);
    this.gateway = startGatewayHalf({ source, settings, ctx: this.ctx, onEvent, random: () => 0.5 });
  }

  private entering(handler: FeedHandler): FeedSubscription {
    const inner = this.feed.subscribe(handler);
    return {
      enter: async (room, ctx) => {
        if (this.isAway) throw protocolError("BARRAGE_UNAVAILABLE");
        await inner.enter(room, ctx);
      },
      leave: (room) => inner.leave(room),
      [Symbol.dispose]: () => inner[Symbol.dispose](),
    };
  }

  async join(since?: number): Promise<FakeSocket> {
    const socket = new FakeSocket();
    const connection = this.gateway.connect({
      room: "r",
      principal: { uid: "u", name: "U", role: "viewer" },
      address: "192.0.2.1",
      transport: socket,
      ...(since === undefined ? {} : { since }),
    });
    socket.onEnd = (code) => connection.gone(code);
    await this.clock.advance(0);
    return socket;
  }

  /** Into the window, and on the feed unless it is lost. */
  async publish(batch: Batch, { lost = false } = {}): Promise<void> {
    await this.window.append(batch);
    if (!lost) await this.feed.publish(batch, this.ctx);
    await this.clock.advance(0);
  }

  async repeat(seq: number): Promise<void> {
    await this.feed.publish({ room: "r", prev: seq, seq, items: [] }, this.ctx);
    // A fill is a task that waits for one thing after the other.
    for (let step = 0; step < 8; step += 1) await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
  }
}
