import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findKafka, findPostgres, findRedis } from "@barrage/launchers";
import { temporaryFolder } from "./support/folders.ts";

/** A program that only tells a version. */
function program(folder: string, name: string, says: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`);
  chmodSync(join(folder, name), 0o755);
}

const missing = (search: object): readonly string[] =>
  "missing" in search ? (search.missing as { what: string }[]).map(({ what }) => what) : [];

describe("looking for programs", () => {
  it("[CU-1] takes the named Java from version 17 on, and names how to get it", () => {
    using folder = temporaryFolder();
    const [java, libs] = [join(folder.path, "jdk"), join(folder.path, "kafka/libs")];
    mkdirSync(libs, { recursive: true });
    writeFileSync(join(libs, "kafka_2.13-4.1.1.jar"), "");
    const env = { JAVA_HOME: java, KAFKA_HOME: join(folder.path, "kafka") };

    const without = findKafka(env);
    program(join(java, "bin"), "java", 'openjdk version "16.0.2" 2021-07-20');
    const old = findKafka(env);
    program(join(java, "bin"), "java", 'openjdk version "17.0.1" 2021-10-19');
    const good = findKafka(env);

    assert.deepEqual([missing(without), missing(old)], [["Java 17 or newer"], ["Java 17 or newer"]]);
    assert.deepEqual(good, { programs: { java: join(java, "bin/java"), libs } });
    assert.match(JSON.stringify(without), /apt-get install openjdk/);
  });

  it("[CU-1] takes the jars of KAFKA_HOME only, from version 4 on", () => {
    using folder = temporaryFolder();
    program(join(folder.path, "bin"), "java", 'openjdk version "21" 2023-09-19');
    const env = { JAVA_HOME: folder.path, KAFKA_HOME: folder.path };
    mkdirSync(join(folder.path, "libs"));

    const empty = findKafka(env);
    writeFileSync(join(folder.path, "libs/kafka_2.13-3.9.0.jar"), "");
    const old = findKafka(env);

    assert.deepEqual([missing(empty), missing(old)], [["Kafka 4"], ["Kafka 4"]]);
    assert.match(JSON.stringify(old), /scripts\/kafka\/fetch\.sh/);
  });

  it("[CU-1] takes redis-server of PATH from version 7 on", () => {
    using folder = temporaryFolder();
    const env = { PATH: `:${folder.path}` };

    const without = findRedis(env);
    program(folder.path, "redis-server", "Redis server v=6.2.14 sha=0");
    const old = findRedis(env);
    program(folder.path, "redis-server", "Redis server v=7.0.0 sha=0");
    const good = findRedis(env);

    assert.deepEqual([without, old].map(missing), [["redis-server 7 or newer"], ["redis-server 7 or newer"]]);
    assert.deepEqual(good, { programs: { server: join(folder.path, "redis-server") } });
  });

  it("[CU-1] takes initdb and postgres of one folder of PATH from version 14 on", () => {
    using folder = temporaryFolder();
    program(folder.path, "initdb", "");
    program(folder.path, "postgres", "postgres (PostgreSQL) 13.1");
    const old = findPostgres({ PATH: folder.path });
    program(folder.path, "postgres", "postgres (PostgreSQL) 14.0");
    const good = findPostgres({ PATH: folder.path });

    assert.equal(missing(old).length, 1);
    assert.deepEqual(good, { programs: { bin: folder.path } });
  });
});
