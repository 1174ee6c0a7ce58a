/**
 * Starts a broker once and keeps its classes as Java has them then, beside the jars: every later start costs half.
 *
 *   node scripts/with-node.mjs scripts/kafka/warm.ts
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { KAFKA_CLASSES } from "@barrage/launchers";
import { startKafka } from "@barrage/testkit";

/** Java writes some 50 MB at its end; on a busy machine that takes its time (ms). */
const GRACE_MS = 180_000;

if (!existsSync(KAFKA_CLASSES)) {
  const fresh = `${KAFKA_CLASSES}.new`;
  rmSync(fresh, { force: true });
  await using kafka = await startKafka({ brokers: 1, java: [`-XX:ArchiveClassesAtExit=${fresh}`] });
  await kafka.stop(GRACE_MS);
  // An end by force leaves no whole file, and then there is none.
  if (existsSync(fresh)) renameSync(fresh, KAFKA_CLASSES);
}
