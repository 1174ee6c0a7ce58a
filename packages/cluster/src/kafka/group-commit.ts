import { offsetCommitV9 } from "@platformatic/kafka";
import type { Broker, Connection, Consumer } from "@platformatic/kafka";
import { Backoff, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import { codeOf, isRetryable, KAFKA_CODE, nameOfCode } from "./failure.ts";
import type { KafkaCalls } from "./kafka-calls.ts";

/** Wait before a commit that came to nothing is sent again, ms: from the shortest to the longest. */
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1_000;
const NO_EPOCH = -1;

/** Answers that say: the group has gone on without this member, or with another of its name. */
const FENCED: ReadonlySet<number> = new Set([
  KAFKA_CODE.illegalGeneration,
  KAFKA_CODE.unknownMember,
  KAFKA_CODE.fencedInstance,
]);

/** The member that commits, and how it calls. */
export interface Committer {
  readonly consumer: Consumer;
  readonly calls: KafkaCalls;
  readonly isOwner: () => boolean;
}

export interface GroupPlace {
  readonly group: string;
  readonly instanceId: string;
  readonly topic: string;
  readonly partition: number;
  /** Offset that is read next. */
  readonly offset: number;
}

/**
 * Commits one partition's offset as this member of this generation, or not at all. The client's own commit joins the
 * group anew when it is refused and commits again under the new generation, which would let a zombie through.
 *
 * Errors     KAFKA_FENCED; KAFKA_REFUSED; the cancel error. A coordinator that is gone is looked for without end.
 */
export async function commitAs(committer: Committer, place: GroupPlace, ctx: Context): Promise<void> {
  const { group, partition, topic } = place;
  const { consumer, isOwner, calls } = committer;
  const backoff = new Backoff({ base: RETRY_FIRST_MS, max: RETRY_LONGEST_MS, jitter: "decorrelated" });
  for (;;) {
    ctx.throwIfCancelled();
    // Read at each attempt: an owner keeps its partition through a rebalance, under the next generation.
    const { memberId, generationId } = consumer;
    if (!isOwner() || memberId === null) throw clusterError("KAFKA_FENCED", { group, partition });
    try {
      const { broker, connection } = await coordinator(committer, ctx);
      const options = { operation: "a commit", kind: "group" } as const;
      const commit = (): Promise<void> => send(connection, { memberId, generationId }, place);
      await calls.ofBroker(broker, options, commit, ctx);
      return;
    } catch (error) {
      ctx.throwIfCancelled();
      const code = codeOf(error);
      if (code !== undefined && FENCED.has(code))
        throw clusterError("KAFKA_FENCED", { group, partition }, error);
      if (code !== undefined && code !== KAFKA_CODE.rebalanceInProgress && !isRetryable(code)) {
        throw clusterError(
          "KAFKA_REFUSED",
          { operation: "a commit", topic, reason: nameOfCode(code) },
          error,
        );
      }
      await sleep(backoff.next(), ctx);
    }
  }
}

function coordinator(
  { consumer, calls }: Committer,
  ctx: Context,
): Promise<{ readonly broker: Broker; readonly connection: Connection }> {
  const find = async () => {
    const id = await consumer.findGroupCoordinator();
    const connection = (await consumer.connectToBrokers([id])).get(id);
    const broker = consumer.currentMetadata?.brokers.get(id);
    if (connection === undefined || broker === undefined) {
      throw new Error(`the coordinator ${id} is not among the brokers`);
    }
    return { broker, connection };
  };
  return calls.ofCluster({ operation: "a group's coordinator", kind: "group" }, find, ctx);
}

async function send(
  connection: Connection,
  member: { readonly memberId: string; readonly generationId: number },
  { group, instanceId, topic, partition, offset }: GroupPlace,
): Promise<void> {
  const place = {
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: NO_EPOCH,
    committedMetadata: null,
  };
  const topics = [{ name: topic, partitions: [place] }];
  const { memberId, generationId } = member;
  await offsetCommitV9.api.async(connection, group, generationId, memberId, instanceId, topics);
}
