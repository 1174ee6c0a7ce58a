import type { GroupMemberOptions, KafkaLog, PartitionWork } from "@barrage/cluster";
import { Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { reasonOf } from "../../errors.ts";
import type { House } from "../house.ts";
import { PartitionWatch } from "./partition-watch.ts";
import type { PartitionFigures } from "./partition-watch.ts";

/** Pause after work that failed for another reason than its stores being away, ms. */
const AGAIN_MS = 1_000;

/** This process's part in a consumer group of the log, until it is stopped. */
export interface GroupWork {
  /** Why nothing is worked on; undefined while all is well. */
  readonly trouble: string | undefined;
  readonly figures: PartitionFigures;
  /** Gives the partitions up, in good order, and leaves the group. */
  stop(): Promise<void>;
}

/**
 * Takes part in a group: `work` runs for each partition while it is ours.
 *
 * Shape      what fails is logged, told by `trouble`, and begun anew: a role ends only when it is told to.
 */
export function startGroupWork(
  { config, scope: parent, log: lines }: House,
  { role, group }: { readonly role: PartitionFigures["role"]; readonly group: string },
  log: KafkaLog,
  work: PartitionWork,
): GroupWork {
  const scope = new Scope(parent.context, { name: role, onError: "report" });
  const watch = new PartitionWatch(role, (index) => log.partition(index));
  let trouble: string | undefined;
  const member: GroupMemberOptions = {
    group,
    instanceId: instanceIdOf(config.cluster),
    sessionTimeoutMs: config.cluster.kafka.sessionTimeoutMs,
    onMembership(change) {
      const reason = change.type === "joined" ? undefined : lossOf(role, change.error);
      // Once for each reason: it is tried twice a second.
      if (reason !== undefined && reason !== trouble) lines.warn({ group }, reason);
      trouble = reason;
    },
  };
  const watched = watch.watched(work);
  const run = async (ctx: Context): Promise<void> => {
    for (;;) {
      try {
        await log.consume(member, watched, ctx);
      } catch (error) {
        ctx.throwIfCancelled();
        trouble = `the ${role} failed: ${reasonOf(error)}`;
        lines.error({ err: error, group }, `the ${role} failed and begins anew`);
      }
      await sleep(AGAIN_MS, ctx);
    }
  };
  scope.spawn(run, { name: `${role} group` });
  scope.spawn((ctx) => watch.run(ctx), { name: `${role} lag` });
  return {
    get trouble() {
      return trouble;
    },
    get figures() {
      return watch.figures;
    },
    stop: () => scope[Symbol.asyncDispose](),
  };
}

const lossOf = (role: PartitionFigures["role"], error: unknown): string =>
  `the ${role} is no member of its group${error === undefined ? "" : `: ${reasonOf(error)}`}`;
