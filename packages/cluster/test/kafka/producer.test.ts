import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KAFKA_CODE } from "../../src/kafka/failure.ts";
import { brokerAt, ScriptedBrokers } from "./support/scripted-brokers.ts";

describe("the producer of the log", () => {
  it("[KL-51] a partition whose sequence was begun anew is sent to beside one in which somebody appends all the time", async () => {
    const one = brokerAt(1);
    const brokers = new ScriptedBrokers([one, one], { lingerMs: 0 });
    const { sent, clock, producer } = brokers;
    const busy: Promise<number>[] = [];
    let isLost = false;
    brokers.answer = ({ partition }) => {
      // Whenever a request is on its way, something waits for the next.
      if (partition === 0 && busy.length < 50) busy.push(brokers.append(0));
      if (partition === 0 || isLost) return 0;
      isLost = true;
      return KAFKA_CODE.unknownProducerId;
    };
    busy.push(brokers.append(0));
    const other = brokers.append(1);
    await clock.advance(1);
    await other;
    await Promise.all(busy);
    await producer.close();

    const after = sent.findLastIndex(({ partition }) => partition === 1);
    assert.equal(after <= 4, true, `after ${after} batches of the other partition`);
    assert.equal(new Set(sent.map(({ producerId }) => producerId)).size, 2);
  });

  it("[KL-52] what waits for a leader that has changed goes to the new one, whoever noticed the change", async () => {
    const [first, second, third] = [brokerAt(1), brokerAt(2), brokerAt(3)];
    const LINGER_MS = 500;
    const brokers = new ScriptedBrokers([first, first], { lingerMs: LINGER_MS });
    const { sent, clock, producer } = brokers;
    brokers.answer = ({ broker }) => (broker === 1 ? undefined : 0);
    const noticed = brokers.append(0);
    await clock.advance(LINGER_MS);
    assert.deepEqual(
      sent.map(({ partition }) => partition),
      [0],
    );
    // Before anybody knows of the new leaders; it is due after they are known.
    const waits = brokers.append(1);
    brokers.leaders = [second, third];
    await clock.advance(LINGER_MS);

    assert.deepEqual(
      sent.map(({ broker, partition }) => [broker, partition]),
      [
        [1, 0],
        [2, 0],
        [3, 1],
      ],
    );
    await Promise.all([noticed, waits]);
    await producer.close();
  });

  it("[KL-52] also what came while the old one still had a batch in hand", async () => {
    const [first, second, third, fourth] = [brokerAt(1), brokerAt(2), brokerAt(3), brokerAt(4)];
    const brokers = new ScriptedBrokers([fourth, first], { lingerMs: 0 });
    const { sent, clock, producer } = brokers;
    const { promise: stored, resolve: store } = Promise.withResolvers<number>();
    brokers.answer = ({ broker }) => (broker === 4 ? undefined : broker === 1 ? stored : 0);
    const appends = [brokers.append(1)];
    await clock.advance(1);
    appends.push(brokers.append(1), brokers.append(0));
    brokers.leaders = [second, third];
    // Longer than it takes to ask who leads.
    await clock.advance(1_000);
    store(0);
    await clock.advance(1);

    assert.deepEqual(
      sent.map(({ broker, partition }) => [broker, partition]),
      [
        [1, 1],
        [4, 0],
        [2, 0],
        [3, 1],
      ],
    );
    await Promise.all(appends);
    await producer.close();
  });
});
