import assert from "node:assert/strict";
import { Channel, type Context, recv, scope, type Scope, select, send } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { valueOf } from "../support/waiting.ts";

const matrix = from("go test/ken/chan.go");
const marks = from("go test/ken/chan1.go");

const VALUES = 76;
const SEED = 27_182_818;

/** A stream of numbered values over one channel, with what each side has done so far. */
class Stream {
  readonly channel: Channel<number>;
  sent = 0;
  received = 0;

  constructor(capacity: number) {
    this.channel = new Channel<number>(capacity);
  }

  get sendEnd(): Channel<number> | null {
    return this.sent < VALUES ? this.channel : null;
  }

  get receiveEnd(): Channel<number> | null {
    return this.received < VALUES ? this.channel : null;
  }

  took(value: number): void {
    assert.equal(value, this.received, "out of order");
    this.received += 1;
  }
}

/** One layout of tasks over streams of one capacity. The pauses are random, from a fixed seed. */
class Layout {
  readonly streams: Stream[] = [];
  private readonly s: Scope;
  private readonly capacity: number;
  private state = SEED;

  constructor(s: Scope, capacity: number) {
    this.s = s;
    this.capacity = capacity;
  }

  make(count: number): Stream[] {
    const made = Array.from({ length: count }, () => new Stream(this.capacity));
    this.streams.push(...made);
    return made;
  }

  sendFrom(stream: Stream): void {
    this.s.spawn(async (ctx) => {
      for (; stream.sent < VALUES; stream.sent++) {
        await this.pause(10);
        await stream.channel.send(stream.sent, ctx);
      }
    });
  }

  receiveFrom(stream: Stream): void {
    this.s.spawn(async (ctx) => {
      while (stream.received < VALUES) {
        await this.pause(10);
        stream.took(valueOf(await stream.channel.receive(ctx)));
      }
    });
  }

  /** One task that receives from some and sends to others, by select, until all of them are done. */
  both(from: readonly Stream[], to: readonly Stream[]): void {
    this.s.spawn((ctx) => this.selectAll(from, to, ctx));
  }

  private async selectAll(from: readonly Stream[], to: readonly Stream[], ctx: Context): Promise<void> {
    while (from.some((stream) => stream.receiveEnd) || to.some((stream) => stream.sendEnd)) {
      await this.pause(5);
      const gets = from.map((stream, i) => [`get ${i}`, recv(stream.receiveEnd)] as const);
      const puts = to.map((stream, i) => [`put ${i}`, send(stream.sendEnd, stream.sent)] as const);
      const got = await select(Object.fromEntries([...gets, ...puts]), ctx);
      const [kind, index] = got.case.split(" ");
      const stream = (kind === "get" ? from : to)[Number(index)];
      assert.ok(stream !== undefined);
      if (kind === "get") stream.took(valueOf(got.value as IteratorResult<number, undefined>));
      else stream.sent += 1;
    }
  }

  private async pause(most: number): Promise<void> {
    this.state = (this.state * 1_103_515_245 + 12_345) % 2 ** 31;
    for (let left = this.state % most; left >= 0; left--) await Promise.resolve();
  }
}

const layouts: Readonly<Record<string, (layout: Layout) => void>> = {
  "1 direct to direct": (l) => {
    for (const stream of l.make(4)) {
      l.sendFrom(stream);
      l.receiveFrom(stream);
    }
  },
  "2 direct to select": (l) => {
    const streams = l.make(4);
    for (const stream of streams) l.sendFrom(stream);
    l.both(streams, []);
  },
  "3 select to direct": (l) => {
    const streams = l.make(4);
    for (const stream of streams) l.receiveFrom(stream);
    l.both([], streams);
  },
  "4 select to select": (l) => {
    const streams = l.make(4);
    l.both([], streams);
    l.both(streams, []);
  },
  "5 select to select, both ways": (l) => {
    const [there, back] = [l.make(4), l.make(4)];
    l.both(back, there);
    l.both(there, back);
  },
  "6 all of them": (l) => {
    const [there, into, out] = [l.make(4), l.make(4), l.make(4)];
    for (const stream of into) l.sendFrom(stream);
    for (const stream of out) l.receiveFrom(stream);
    l.both(into, there);
    l.both(there, out);
  },
};

for (const capacity of [0, 1, 10, 100]) {
  for (const [name, lay] of Object.entries(layouts)) {
    matrix(`${name}, buffer ${capacity}`, "[KN-45] every value arrives once and in order", async () => {
      const streams = await scope((s) => {
        const layout = new Layout(s, capacity);
        lay(layout);
        return layout.streams;
      });
      for (const stream of streams) assert.deepEqual([stream.sent, stream.received], [VALUES, VALUES]);
    });
  }
}

marks(
  "1000 marks",
  "[KN-45] each value is sent once and received once, by many receivers in selects of one",
  async () => {
    const total = 1000;
    const state = new Map<number, "sent" | "received">();
    const channel = new Channel<number>();
    await scope((s) => {
      for (let receiver = 0; receiver < 8; receiver++) {
        s.spawn(async (ctx) => {
          for (;;) {
            const { value } = await select({ get: recv(channel) }, ctx);
            if (value.done === true) return;
            assert.equal(state.get(value.value), "sent");
            state.set(value.value, "received");
          }
        });
      }
      s.spawn(async (ctx) => {
        for (let n = 0; n < total; n++) {
          state.set(n, "sent");
          await channel.send(n, ctx);
        }
        channel.close();
      });
    });
    assert.equal(state.size, total);
    assert.ok([...state.values()].every((mark) => mark === "received"));
  },
);
