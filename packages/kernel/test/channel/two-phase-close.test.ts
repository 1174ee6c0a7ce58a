import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background, isCancelled, nextTurn, TwoPhaseClose, type Writer } from "@barrage/kernel";

function writerOf<T>(gate: TwoPhaseClose<T>): Writer<T> {
  const writer = gate.writer();
  assert.ok(writer !== undefined);
  return writer;
}

async function drain<T>(gate: TwoPhaseClose<T>): Promise<readonly T[]> {
  const values: T[] = [];
  for await (const value of gate.receiver) values.push(value);
  return values;
}

describe("TwoPhaseClose", () => {
  it("[KN-140] refuses what is new after the announcement, by value, and takes what is flushed", async () => {
    const gate = new TwoPhaseClose<number>(8);
    const writer = writerOf(gate);
    assert.equal(await writer.send(1), "sent");

    gate.announce();

    assert.deepEqual([writer.closing, gate.state, gate.writer()], [true, "announced", undefined]);
    assert.deepEqual([await writer.send(2), writer.trySend(3)], ["closing", "closing"]);
    assert.equal(await writer.flush(4), "sent");
    writer[Symbol.dispose]();
    assert.equal(gate.state, "closed");
    assert.deepEqual(await drain(gate), [1, 4]);
  });

  it("[KN-141] closes when the last writer has left, and not before", async () => {
    const gate = new TwoPhaseClose<number>(1);
    const [one, two] = [writerOf(gate), writerOf(gate)];
    let closed = false;
    const closing = gate.close().then(() => (closed = true));

    one[Symbol.dispose]();
    one[Symbol.dispose]();
    await nextTurn();
    assert.deepEqual([closed, gate.writers], [false, 1]);
    two[Symbol.dispose]();

    await closing;
    await gate.close();
    assert.deepEqual(await drain(gate), []);
  });

  it("[KN-141] stays open with writers gone until it is announced, and closes at once without writers", async () => {
    const gate = new TwoPhaseClose<number>();
    writerOf(gate)[Symbol.dispose]();
    assert.equal(gate.state, "open");

    await gate.close();

    assert.equal(gate.state, "closed");
  });

  it("[KN-142] stays announced when its wait is cancelled, and can be closed later", async () => {
    const gate = new TwoPhaseClose<number>();
    const writer = writerOf(gate);
    const ctx = background.cancellable();
    const closing = assert.rejects(gate.close(ctx), isCancelled);

    ctx.cancel();

    await closing;
    assert.equal(gate.state, "announced");
    const again = gate.close();
    writer[Symbol.dispose]();
    await again;
  });

  it("[KN-143] cuts off by value: waiting senders learn closed, the buffer goes to onUndelivered", async () => {
    const undelivered: number[] = [];
    const gate = new TwoPhaseClose<number>(1, { onUndelivered: (value) => undelivered.push(value) });
    const writer = writerOf(gate);
    await writer.send(1);
    const [sending, flushing] = [writer.send(2), writer.flush(3)];
    const closing = gate.close();

    gate[Symbol.dispose]();

    assert.deepEqual([await sending, await flushing], ["closed", "closed"]);
    assert.deepEqual(
      [await writer.send(4), writer.trySend(5), await writer.flush(6)],
      Array(3).fill("closed"),
    );
    await closing;
    assert.deepEqual(undelivered, [1]);
  });

  it("[KN-140] says full instead of waiting, and closed to a writer that has left", async () => {
    const gate = new TwoPhaseClose<number>(1);
    const writer = writerOf(gate);

    assert.deepEqual([writer.trySend(1), writer.trySend(2)], ["sent", "full"]);
    writer[Symbol.dispose]();

    assert.deepEqual(
      [await writer.send(3), writer.trySend(3), await writer.flush(3)],
      Array(3).fill("closed"),
    );
    assert.equal(gate.state, "open");
  });

  it("[KN-140] throws for nothing but the cancellation of a send, which has then moved no value", async () => {
    const gate = new TwoPhaseClose<number>();
    const writer = writerOf(gate);
    const ctx = background.cancellable();
    const sending = assert.rejects(writer.send(1, ctx), isCancelled);

    ctx.cancel();

    await sending;
    writer[Symbol.dispose]();
    await gate.close();
    assert.deepEqual(await drain(gate), []);
  });

  it("[KN-144] delivers each value that was sent exactly once, and throws at nobody, whenever it is closed", async () => {
    const plan = fc.record({
      capacity: fc.nat(3),
      writers: fc.array(fc.record({ values: fc.nat(8), pause: fc.nat(3), held: fc.nat(2) }), {
        maxLength: 4,
      }),
      closeAt: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ capacity, writers, closeAt }) => {
        const gate = new TwoPhaseClose<string>(capacity);
        const sent: string[] = [];
        const work = writers.map(async ({ values, pause, held }, w) => {
          using writer = writerOf(gate);
          for (let i = 0; i < values && !writer.closing; i++) {
            for (let step = 0; step < pause; step++) await Promise.resolve();
            if ((await writer.send(`${w}.${i}`)) === "sent") sent.push(`${w}.${i}`);
          }
          for (let i = 0; i < held; i++) {
            assert.equal(await writer.flush(`${w}.held${i}`), "sent");
            sent.push(`${w}.held${i}`);
          }
        });
        const receiving = drain(gate);
        for (let step = 0; step < closeAt; step++) await Promise.resolve();
        await gate.close();
        await Promise.all(work);
        assert.deepEqual((await receiving).toSorted(), sent.toSorted());
      }),
      { numRuns: 300 },
    );
  });
});
