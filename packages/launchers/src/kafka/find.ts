import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, Missing, Search } from "../programs.ts";
import { onPath, versionOf } from "../programs.ts";

/** What a broker is started with. */
export interface KafkaPrograms {
  /** Path of the command. */
  readonly java: string;
  /** Folder of the broker's jars. */
  readonly libs: string;
  /** Java's archive of their classes: halves what a start costs. Absent: none was made. */
  readonly classes?: string;
}

/** Where `scripts/kafka/fetch.sh` puts them: in the repository's root. */
const FETCHED = fileURLToPath(new URL("../../../../.kafka/", import.meta.url));
/** Made by `scripts/kafka/warm.ts`, for the jars beside it. */
export const KAFKA_CLASSES = join(FETCHED, "classes.jsa");
const INSTALLED = ["/opt/kafka", "/usr/local/kafka", "/usr/share/kafka", "/usr/local/opt/kafka/libexec"];
/** Kafka 4 needs it. */
const JAVA_MIN = 17;

const holdsKafka = (libs: string): boolean =>
  existsSync(libs) && readdirSync(libs).some((name) => /^kafka_2\.\d+-4\..*\.jar$/.test(name));

const MISSING_JAVA: Missing = {
  what: `Java ${JAVA_MIN} or newer`,
  how: "apt-get install openjdk-17-jre-headless, or set JAVA_HOME",
};
const MISSING_JARS: Missing = {
  what: "Kafka 4",
  how:
    "in the repository: apt-get install maven && bash scripts/kafka/fetch.sh; elsewhere: unpack a release of kafka.apache.org " +
    "and set KAFKA_HOME to it",
};

/** Java and Kafka's jars: of KAFKA_HOME, of the repository, or of the usual places. Cost: starts Java once, some 100 ms. */
export function findKafka(env: Environment): Search<KafkaPrograms> {
  const home = env["JAVA_HOME"];
  const java = home === undefined || home === "" ? onPath(env, "java") : join(home, "bin/java");
  const version = java === undefined ? undefined : versionOf(java, ["-version"], /version "(\d+)/);
  const named = env["KAFKA_HOME"];
  // Named, it is the one that is meant: no other is taken in its place.
  const places = named === undefined || named === "" ? [FETCHED, ...INSTALLED] : [named];
  const libs = places.map((place) => join(place, "libs")).find((folder) => holdsKafka(folder));
  const hasJava = version !== undefined && version >= JAVA_MIN;
  if (java === undefined || !hasJava || libs === undefined)
    return {
      missing: [...(hasJava ? [] : [MISSING_JAVA]), ...(libs === undefined ? [MISSING_JARS] : [])],
    };
  const isFetched = libs === join(FETCHED, "libs") && existsSync(KAFKA_CLASSES);
  return { programs: { java, libs, ...(isFetched ? { classes: KAFKA_CLASSES } : {}) } };
}
