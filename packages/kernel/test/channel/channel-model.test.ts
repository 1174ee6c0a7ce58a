import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background, type CancellableContext, Channel, isCancelled, kernelCode } from "@barrage/kernel";

/** What an operation came to: a value received, or one of these words. */
type Outcome = number | "sent" | "end" | "cancelled" | "closed" | "full" | "empty";

interface Pending {
  readonly op: number;
  readonly value: number;
}

/** What the channel should do, as plain lists. */
class Model {
  readonly outcomes = new Map<number, Outcome>();
  readonly buffer: number[] = [];
  private senders: Pending[] = [];
  private receivers: Pending[] = [];
  private closed = false;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  send(op: number, value: number, waits: boolean): void {
    if (this.closed) return void this.outcomes.set(op, "closed");
    const receiver = this.receivers.shift();
    if (receiver !== undefined) this.outcomes.set(receiver.op, value);
    else if (this.buffer.length < this.capacity) this.buffer.push(value);
    else if (waits) return void this.senders.push({ op, value });
    else return void this.outcomes.set(op, "full");
    this.outcomes.set(op, "sent");
  }

  receive(op: number, waits: boolean): void {
    const sender = this.senders.shift();
    if (sender !== undefined) {
      this.buffer.push(sender.value);
      this.outcomes.set(sender.op, "sent");
    }
    const value = this.buffer.shift();
    if (value !== undefined) this.outcomes.set(op, value);
    else if (this.closed) this.outcomes.set(op, "end");
    else if (waits) this.receivers.push({ op, value: 0 });
    else this.outcomes.set(op, "empty");
  }

  cancel(op: number): void {
    const isOther = (pending: Pending): boolean => pending.op !== op;
    const before = this.senders.length + this.receivers.length;
    this.senders = this.senders.filter(isOther);
    this.receivers = this.receivers.filter(isOther);
    if (this.senders.length + this.receivers.length < before) this.outcomes.set(op, "cancelled");
  }

  close(): void {
    this.closed = true;
    for (const receiver of this.receivers.splice(0)) this.outcomes.set(receiver.op, "end");
  }
}

/** The channel itself, with the outcome of each operation noted as it comes. */
class Real {
  readonly outcomes = new Map<number, Outcome>();
  readonly channel: Channel<number>;
  private readonly contexts = new Map<number, CancellableContext>();

  constructor(capacity: number) {
    this.channel = new Channel<number>(capacity);
  }

  private context(op: number): CancellableContext {
    const ctx = background.cancellable();
    this.contexts.set(op, ctx);
    return ctx;
  }

  private note(op: number, outcome: Promise<Outcome>): void {
    outcome.then(
      (value) => this.outcomes.set(op, value),
      (error: unknown) => {
        assert.ok(isCancelled(error) || kernelCode(error) === "KERNEL_CHANNEL_CLOSED");
        this.outcomes.set(op, isCancelled(error) ? "cancelled" : "closed");
      },
    );
  }

  send(op: number, value: number, waits: boolean): void {
    if (waits)
      return this.note(
        op,
        this.channel.send(value, this.context(op)).then(() => "sent" as const),
      );
    try {
      this.outcomes.set(op, this.channel.trySend(value) ? "sent" : "full");
    } catch (error) {
      assert.equal(kernelCode(error), "KERNEL_CHANNEL_CLOSED");
      this.outcomes.set(op, "closed");
    }
  }

  receive(op: number, waits: boolean): void {
    const outcome = (result: IteratorResult<number, undefined>): Outcome =>
      result.done === true ? "end" : result.value;
    if (waits) return this.note(op, this.channel.receive(this.context(op)).then(outcome));
    const result = this.channel.tryReceive();
    this.outcomes.set(op, result === undefined ? "empty" : outcome(result));
  }

  cancel(op: number): void {
    this.contexts.get(op)?.cancel();
  }

  close(): void {
    this.channel.close();
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send" as const), waits: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("receive" as const), waits: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cancel" as const), back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const) }) },
);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Channel against its model", () => {
  it("[KN-45] does under every schedule what a plain queue does", async () => {
    const schedule = fc.array(step, { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.nat(3), schedule, async (capacity, steps) => {
        const model = new Model(capacity);
        const real = new Real(capacity);
        for (const [op, now] of steps.entries()) {
          for (const side of [model, real]) {
            if (now.do === "send") side.send(op, op, now.waits);
            else if (now.do === "receive") side.receive(op, now.waits);
            else if (now.do === "cancel") side.cancel(op - now.back);
            else if (now.do === "close") side.close();
          }
          if (now.do === "settle") await turn();
          assert.equal(real.channel.length, model.buffer.length);
        }
        await turn();
        assert.deepEqual(real.outcomes, sortedLike(model.outcomes, real.outcomes));
      }),
      { numRuns: 400 },
    );
  });

  it("[KN-45] loses and doubles nothing when senders and receivers are cancelled at any moment", async () => {
    const plan = fc.record({
      capacity: fc.nat(4),
      producers: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
      consumers: fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ capacity, producers, consumers }) => {
        const channel = new Channel<string>(capacity);
        const sent: string[] = [];
        const received: string[] = [];
        const cancelAfter = async (ticks: number, ctx: CancellableContext): Promise<void> => {
          for (let i = 0; i < ticks; i++) await Promise.resolve();
          ctx.cancel();
        };
        const work = [
          ...producers.map(async (ticks, p) => {
            const ctx = background.cancellable();
            void cancelAfter(ticks, ctx);
            for (let i = 0; ; i++) {
              await channel.send(`${p}.${i}`, ctx);
              sent.push(`${p}.${i}`);
            }
          }),
          ...consumers.map(async (ticks) => {
            const ctx = background.cancellable();
            void cancelAfter(ticks, ctx);
            for await (const value of channel.values(ctx)) received.push(value);
          }),
        ];
        for (const ended of await Promise.allSettled(work)) assert.equal(ended.status, "rejected");
        channel.close();
        for await (const value of channel) received.push(value);
        assert.deepEqual(received.toSorted(), sent.toSorted());
      }),
      { numRuns: 300 },
    );
  });
});

function sortedLike(outcomes: Map<number, Outcome>, order: Map<number, Outcome>): Map<number, Outcome> {
  const place = [...order.keys()];
  return new Map([...outcomes].sort(([a], [b]) => place.indexOf(a) - place.indexOf(b)));
}
