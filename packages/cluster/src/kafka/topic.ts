import { ConfigResourceTypes } from "@platformatic/kafka";
import type { Context } from "@barrage/kernel";
import { sleep } from "@barrage/kernel";
import { clusterError } from "../errors.ts";
import { codeOf, KAFKA_CODE, reasonOf } from "./failure.ts";
import type { KafkaLink, TopicView } from "./kafka-link.ts";
import { topicOf } from "./settings.ts";
import type { KafkaSettings } from "./settings.ts";

const REPLICAS = 3;
const IN_SYNC = 2;
/** Pause between two looks whether a topic that was just made has its leaders (ms), and how many looks. */
const LEADERS_PAUSE_MS = 50;
const LEADERS_LOOKS = 400;

/**
 * What a topic of ours is made with. Time is the broker's: by the clock of a sender, imported history would be old
 * before it was read. Nothing goes by age: the log's owner deletes what every consumer has passed (`retain`).
 */
const TOPIC_SETTINGS = {
  "cleanup.policy": "delete",
  "message.timestamp.type": "LogAppendTime",
  "retention.ms": "-1",
  "retention.bytes": "-1",
  "unclean.leader.election.enable": "false",
} as const;

/** With another of these Kafka itself would take away what was acknowledged: by an old leader, by age, by size, or by key. */
const SAFE_VALUES: ReadonlyMap<string, string> = new Map(
  (["unclean.leader.election.enable", "cleanup.policy", "retention.ms", "retention.bytes"] as const).map(
    (name) => [name, TOPIC_SETTINGS[name]],
  ),
);

/** Finds the epoch's topic, makes it if that is allowed, and checks that it cannot lose what was acknowledged (KL-10 to KL-14). */
export async function openTopic(link: KafkaLink, settings: KafkaSettings, ctx: Context): Promise<TopicView> {
  const topic = topicOf(settings.topic, settings.epoch);
  await refuseOldEpoch(link, settings, ctx);
  if (!(await link.topics(ctx)).includes(topic)) await createTopic(link, topic, settings, ctx);
  const view = await led(link, topic, ctx);
  const found = view.leaders.length;
  if (found !== settings.partitions) {
    throw clusterError("KAFKA_PARTITIONS_CHANGED", { topic, found, configured: settings.partitions });
  }
  if (settings.safety === "replicated") await checkSafety(link, topic, view, ctx);
  return view;
}

async function refuseOldEpoch(link: KafkaLink, { topic, epoch }: KafkaSettings, ctx: Context): Promise<void> {
  const prefix = `${topic}.`;
  const epochs = (await link.topics(ctx))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  const newest = Math.max(1, ...epochs);
  if (newest > epoch) throw clusterError("KAFKA_EPOCH_OLD", { newest, epoch });
}

async function createTopic(
  link: KafkaLink,
  topic: string,
  { createTopic: mayCreate, partitions, safety }: KafkaSettings,
  ctx: Context,
): Promise<void> {
  if (!mayCreate) throw clusterError("KAFKA_TOPIC_MISSING", { topic, partitions });
  const isSafe = safety === "replicated";
  const values = { ...TOPIC_SETTINGS, "min.insync.replicas": isSafe ? String(IN_SYNC) : "1" };
  const configs = Object.entries(values).map(([name, value]) => ({ name, value }));
  const wanted = { topics: [topic], partitions, replicas: isSafe ? REPLICAS : 1, configs };
  for (let look = 1; ; look++) {
    try {
      await link.ask("the making of a topic", (admin) => admin.createTopics(wanted), ctx);
      return;
    } catch (error) {
      ctx.throwIfCancelled();
      const cause = error instanceof Error ? error.cause : error;
      const code = codeOf(cause);
      // Another process that starts beside this one was first.
      if (code === KAFKA_CODE.topicExists) return;
      if (code === undefined) throw error;
      // A cluster that has just started, or stood still, has no broker for a moment.
      const isAsleep = code === KAFKA_CODE.invalidReplicationFactor && (await link.liveBrokers(ctx)) === 0;
      if (!isAsleep || look === LEADERS_LOOKS) {
        throw clusterError("KAFKA_TOPIC_REFUSED", { topic, reason: reasonOf(cause) }, cause);
      }
      await sleep(LEADERS_PAUSE_MS, ctx);
    }
  }
}

/** The topic's view once every partition has a leader: just after it was made, some have none. */
async function led(link: KafkaLink, topic: string, ctx: Context): Promise<TopicView> {
  for (let look = 1; ; look++) {
    const view = await link.view(topic, ctx);
    if (view.leaders.every((leader) => leader !== undefined)) return view;
    if (look === LEADERS_LOOKS) {
      throw clusterError("KAFKA_TOPIC_REFUSED", { topic, reason: "some partition has no leader" });
    }
    await sleep(LEADERS_PAUSE_MS, ctx);
  }
}

async function checkSafety(link: KafkaLink, topic: string, view: TopicView, ctx: Context): Promise<void> {
  const unsafe = (setting: string, found: string | number, needed: string | number): Error =>
    clusterError("KAFKA_UNSAFE", { topic, setting, found, needed });
  const replicas = Math.min(...view.replicas.map((each) => each.length));
  if (replicas < REPLICAS) throw unsafe("the number of replicas", replicas, REPLICAS);
  const asked = ["min.insync.replicas", ...SAFE_VALUES.keys()];
  const resources = [
    { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: asked },
  ];
  const [described] = await link.ask(
    "settings of a topic",
    (admin) => admin.describeConfigs({ resources }),
    ctx,
  );
  const value = (name: string): string =>
    described?.configs.find((config) => config.name === name)?.value ?? "not said";
  const inSync = value("min.insync.replicas");
  if (!(Number(inSync) >= IN_SYNC)) throw unsafe("min.insync.replicas", inSync, IN_SYNC);
  for (const [name, needed] of SAFE_VALUES) {
    const found = value(name);
    if (found !== needed) throw unsafe(name, found, needed);
  }
}
