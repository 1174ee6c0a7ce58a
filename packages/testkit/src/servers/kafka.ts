import { startKafka as start } from "@barrage/launchers";
import type { KafkaOptions as LauncherOptions, RunningKafka } from "@barrage/launchers";
import type { Context } from "@barrage/kernel";
import { kafkaSearch, missingOf, programsOf } from "./programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export type KafkaOptions = Pick<LauncherOptions, "brokers" | "settings" | "java">;

/** Undefined when a broker can be started here, else what is missing. */
export const missingForKafka = (): string | undefined => missingOf(kafkaSearch());

/** Brokers of a test's own; their folders go with them. */
export const startKafka = (options: KafkaOptions, ctx?: Context): Promise<RunningKafka> =>
  start({ ...options, programs: programsOf(kafkaSearch()), dir: temporaryFolder("kafka"), keep: false }, ctx);
