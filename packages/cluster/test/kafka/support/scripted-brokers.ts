import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { Reader, readRecordsBatch } from "@platformatic/kafka";
import type { Broker, Connection, Writer } from "@platformatic/kafka";
import type { KafkaLink } from "../../../src/kafka/kafka-link.ts";
import { Producer } from "../../../src/kafka/producer.ts";
import { withDefaults } from "../../../src/kafka/settings.ts";
import type { KafkaOptions } from "../../../src/kafka/settings.ts";

const INIT_PRODUCER_ID = 22;

export interface SentBatch {
  /** Port of the broker that it went to. */
  readonly broker: number;
  readonly partition: number;
  readonly producerId: bigint;
}

type Reply = (error: Error | null, answer?: unknown) => void;

export const brokerAt = (port: number): Broker => ({ host: "127.0.0.1", port });

/** A producer and its brokers, which are in this process, and say what a test has them say; on a clock that the test moves. */
export class ScriptedBrokers {
  readonly clock = new FakeClock();
  readonly ctx = rootContext({ clock: this.clock });
  /** In the order in which they came. */
  readonly sent: SentBatch[] = [];
  readonly producer: Producer;
  /** Who leads each partition, for whoever asks from now on. */
  leaders: readonly Broker[];
  /** Kafka's code for a batch; undefined: the broker is gone. */
  answer: (batch: SentBatch) => number | undefined | Promise<number> = () => 0;
  private offset = 0;
  private producers = 0n;

  constructor(leaders: readonly Broker[], options: Partial<KafkaOptions> = {}) {
    this.leaders = leaders;
    const settings = withDefaults({ brokers: ["127.0.0.1:1"], ...options });
    const view = () => ({ id: "topic", leaders: this.leaders, replicas: [] });
    const get = ({ port }: Broker) => Promise.resolve(this.connection(port));
    const calls = {
      ofBroker: (_: Broker, __: unknown, send: (ctx: Context) => Promise<unknown>, ctx: Context) => send(ctx),
    };
    const pool = () => ({ get, close: () => Promise.resolve() });
    const link = { pool, calls, view: () => Promise.resolve(view()) } as unknown as KafkaLink;
    this.producer = new Producer(link, "topic", view(), { settings, ctx: this.ctx });
  }

  /** Resolves with the record's offset. */
  append(partition: number): Promise<number> {
    const record = { key: Buffer.from("r"), value: Buffer.from("{}"), headers: new Map<Buffer, Buffer>() };
    return this.producer.append(partition, [record], 1, this.ctx);
  }

  /** All that a producer needs of a connection is where its requests go. */
  private connection(broker: number): Connection {
    const send = (key: number, _: number, payload: () => Writer, ...rest: readonly unknown[]): void => {
      const reply = rest.at(-1) as Reply;
      if (key === INIT_PRODUCER_ID) reply(null, { producerId: (this.producers += 1n), producerEpoch: 0 });
      else void this.produced(broker, payload(), reply);
    };
    return { send } as unknown as Connection;
  }

  private async produced(broker: number, request: Writer, reply: Reply): Promise<void> {
    const partitionResponses = [];
    for (const { partition, producerId, records } of batchesOf(request)) {
      const batch = { broker, partition, producerId };
      this.sent.push(batch);
      const errorCode = await this.answer(batch);
      if (errorCode === undefined) {
        reply(new Error("the broker is gone"));
        return;
      }
      partitionResponses.push({ index: partition, errorCode, baseOffset: BigInt(this.offset) });
      this.offset += records;
    }
    reply(null, { responses: [{ name: "topic", partitionResponses }] });
  }
}

/** What a produce request carries. */
function batchesOf(request: Writer) {
  const reader = Reader.from(request.dynamicBuffer);
  reader.readNullableString();
  reader.readInt16();
  reader.readInt32();
  const topics = reader.readArray((topic) => {
    topic.readString();
    return topic.readArray((part) => {
      const partition = part.readInt32();
      part.readUnsignedVarInt();
      const { producerId, records } = readRecordsBatch(part);
      return { partition, producerId, records: records.length };
    });
  });
  return topics.flat();
}
