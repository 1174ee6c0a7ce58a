import { findKafka, findPostgres, findRedis } from "@barrage/launchers";
import type { Search } from "@barrage/launchers";
import { requireOrSkip } from "@barrage/testkit";

const searches = {
  kafka: findKafka(process.env),
  "redis-server": findRedis(process.env),
  postgresql: findPostgres(process.env),
} as const;

/** For `describe`: skipped with one line where it is absent. */
export const needs = (what: keyof typeof searches) => requireOrSkip(what, "programs" in searches[what]);

function found<Programs>(search: Search<Programs>): Programs {
  if ("missing" in search) throw new Error("the suite should have been skipped");
  return search.programs;
}

export const kafka = () => found(searches.kafka);
export const redis = () => found(searches["redis-server"]);
export const postgres = () => found(searches.postgresql);
