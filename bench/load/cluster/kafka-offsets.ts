import { KAFKA_DEFAULTS } from "@barrage/cluster";
import { background } from "@barrage/kernel";
import { groupOffsets, offsetsOf } from "../../../packages/cluster/src/kafka/epoch.ts";
import { KafkaLink } from "../../../packages/cluster/src/kafka/kafka-link.ts";

/** What the brokers themselves say of the log and of who follows it. */
export class KafkaOffsets implements AsyncDisposable {
  private readonly link: KafkaLink;
  private readonly size: { readonly topic: string; readonly partitions: number };

  constructor(brokers: readonly string[], partitions: number) {
    this.link = new KafkaLink({ ...KAFKA_DEFAULTS, brokers, partitions });
    this.size = { topic: KAFKA_DEFAULTS.topic, partitions };
  }

  /** Records that the group has not committed, of all partitions together. */
  async lagOf(group: string): Promise<number> {
    const [ends, committed, first] = await Promise.all([
      offsetsOf(this.link, this.size, "latest", background),
      groupOffsets(this.link, this.size, group, background),
      offsetsOf(this.link, this.size, "earliest", background),
    ]);
    return ends.reduce((sum, end, i) => sum + end - Math.max(committed[i] ?? -1, first[i] ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.close();
  }
}
