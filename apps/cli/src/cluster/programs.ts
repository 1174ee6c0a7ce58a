import { findKafka, findPostgres, findRedis } from "@barrage/launchers";
import type { KafkaPrograms, PostgresPrograms, RedisPrograms } from "@barrage/launchers";
import type { Surroundings } from "../command.ts";
import { cliError } from "../errors.ts";

export interface Programs {
  readonly kafka: KafkaPrograms;
  readonly redis: RedisPrograms;
  readonly postgres: PostgresPrograms;
}

/** What the servers are started with. Errors: CLI_PROGRAMS_MISSING, once all that is missing was listed with how to get it. */
export function findPrograms({ env, terminal }: Pick<Surroundings, "env" | "terminal">): Programs {
  const [kafka, redis, postgres] = [findKafka(env), findRedis(env), findPostgres(env)];
  if ("programs" in kafka && "programs" in redis && "programs" in postgres)
    return { kafka: kafka.programs, redis: redis.programs, postgres: postgres.programs };
  const missing = [kafka, redis, postgres].flatMap((search) => ("missing" in search ? search.missing : []));
  const width = Math.max(...missing.map(({ what }) => what.length));
  for (const { what, how } of missing) terminal.err(`missing  ${what.padEnd(width)}  ${how}`);
  throw cliError("CLI_PROGRAMS_MISSING", { count: missing.length });
}
