import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findKafka,
  findPostgres,
  findRedis,
  PostgresServer,
  startKafka,
  startRedis,
} from "@barrage/launchers";
import type { RunningKafka, RunningRedis, Search } from "@barrage/launchers";
import { startTogether } from "../../../tests/support/start-together.ts";
import { figuresOf } from "../process-stat.ts";
import type { ProcessFigures } from "../process-stat.ts";

/** What a measurement runs on, and how safe the log then is. */
export const TOPOLOGIES = {
  small: {
    says: "one broker, three masters without replicas",
    brokers: 1,
    replicas: 0,
    safety: "development",
  },
  full: {
    says: "three brokers, three masters with a replica each",
    brokers: 3,
    replicas: 1,
    safety: "replicated",
  },
} as const;
export type Topology = keyof typeof TOPOLOGIES;

const MASTERS = 3;
/** Everybody may pass through the folder, for PostgreSQL runs as a user of its own; nobody may list it. */
const PASSABLE = 0o711;

/** Kafka, Redis Cluster and PostgreSQL of a measurement, in a temporary folder that goes with them. */
export interface OutsideServers extends AsyncDisposable {
  readonly folder: string;
  readonly kafka: RunningKafka;
  readonly redis: RunningRedis;
  readonly postgres: PostgresServer;
  /** Of each process group, under its name: `kafka 1`, `redis 0`, `postgresql`. */
  figures(): Readonly<Record<string, ProcessFigures>>;
}

function found<Programs>(search: Search<Programs>): Programs {
  if ("programs" in search) return search.programs;
  throw new Error(search.missing.map(({ what, how }) => `needs ${what}: ${how}`).join("\n"));
}

/** Starts them all at once; what is written is safe from a `kill -9` of a process, PostgreSQL with fsync. */
export async function startOutsideServers(topology: Topology): Promise<OutsideServers> {
  const { brokers, replicas } = TOPOLOGIES[topology];
  const { env } = process;
  const [forKafka, forRedis, forPostgres] = [
    found(findKafka(env)),
    found(findRedis(env)),
    found(findPostgres(env)),
  ];
  const folder = mkdtempSync(join(tmpdir(), "barrage-bench-"));
  chmodSync(folder, PASSABLE);
  const at = (name: string) => ({ dir: join(folder, name), keep: false });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [kafka, redis, postgres] = await startTogether<[RunningKafka, RunningRedis, PostgresServer]>(
    startKafka({ programs: forKafka, ...at("kafka"), brokers, java: ["-Xmx512m"] }),
    startRedis({ programs: forRedis, ...at("redis"), masters: MASTERS, replicas }),
    PostgresServer.start({ programs: forPostgres, ...at("postgres"), fsync: true }),
  );
  undo.use(kafka);
  undo.use(redis);
  undo.use(postgres);
  const all = undo.move();
  return {
    folder,
    kafka,
    redis,
    postgres,
    figures: () =>
      Object.fromEntries(
        [...kafka.brokers, ...redis.processes, postgres.process].map(({ name, pid }) => [
          name,
          figuresOf(pid ?? 0),
        ]),
      ),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
