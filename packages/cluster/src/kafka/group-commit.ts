import { offsetCommitV9 } from "@platformatic/kafka";
import type { Connection, Consumer } from "@platformatic/kafka";
import { sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import { codeOf, isRetryable, KAFKA_CODE, nameOfCode } from "./failure.ts";

const RETRY_MS = 100;
const NO_EPOCH = -1;

/** Answers that say: the group has gone on without this member, or with another of its name. */
const FENCED: ReadonlySet<number> = new Set([
  KAFKA_CODE.illegalGeneration,
  KAFKA_CODE.unknownMember,
  KAFKA_CODE.fencedInstance,
]);

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
export async function commitAs(
  consumer: Consumer,
  isOwner: () => boolean,
  place: GroupPlace,
  ctx: Context,
): Promise<void> {
  const { group, partition, topic } = place;
  for (;;) {
    ctx.throwIfCancelled();
    // Read at each attempt: an owner keeps its partition through a rebalance, under the next generation.
    const { memberId, generationId } = consumer;
    if (!isOwner() || memberId === null) throw clusterError("KAFKA_FENCED", { group, partition });
    try {
      const connection = await coordinator(consumer, ctx);
      await unlessCancelled(send(connection, { memberId, generationId }, place), ctx);
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
      await sleep(RETRY_MS, ctx);
    }
  }
}

async function coordinator(consumer: Consumer, ctx: Context): Promise<Connection> {
  const id = await unlessCancelled(consumer.findGroupCoordinator(), ctx);
  const connections = await unlessCancelled(consumer.connectToBrokers([id]), ctx);
  const connection = connections.get(id);
  if (connection === undefined) throw new Error(`the coordinator ${id} is not among the brokers`);
  return connection;
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
