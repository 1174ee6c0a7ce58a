import { findKafka, findPostgres, findRedis } from "@barrage/launchers";
import type { KafkaPrograms, Missing, PostgresPrograms, RedisPrograms, Search } from "@barrage/launchers";

/** Looks once: a run of the tests does not change what is installed. */
function once<Programs>(search: () => Search<Programs>): () => Search<Programs> {
  let found: Search<Programs> | undefined;
  return () => (found ??= search());
}

export const kafkaSearch: () => Search<KafkaPrograms> = once(() => findKafka(process.env));
export const redisSearch: () => Search<RedisPrograms> = once(() => findRedis(process.env));
export const postgresSearch: () => Search<PostgresPrograms> = once(() => findPostgres(process.env));

const namesOf = (missing: readonly Missing[]): string => missing.map(({ what }) => what).join(", ");

/** Undefined when all is there, else what is missing, for the line that says why a suite is skipped. */
export const missingOf = (search: Search<unknown>): string | undefined =>
  "missing" in search ? namesOf(search.missing) : undefined;

/** What was found. A suite that needs it is skipped where it is absent, and does not come here. */
export function programsOf<Programs>(search: Search<Programs>): Programs {
  if ("missing" in search) throw new Error(`missing is ${namesOf(search.missing)}`);
  return search.programs;
}
