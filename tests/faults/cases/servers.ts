import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@barrage/kernel";
import type { FaultCase } from "../harness/fault-case.ts";
import type { Servers } from "../harness/servers.ts";
import { holds } from "../harness/world.ts";
import type { World } from "../harness/world.ts";

const BROKER_MS = 10_000;
const UNTOUCHED_MS = 1_000;
const FROZEN_MS = 10_000;
const AWAY_MS = 4_000;
/** Longer than an append may wait for Kafka (8 s), so that publishers are told. */
const KAFKA_AWAY_MS = 12_000;
/** Room for what a broker keeps of a run, and not for much more. */
const DISK_MEBIBYTES = 256;

const brokerKilled = (broker: number): FaultCase => ({
  name: `broker-${broker + 1}-killed`,
  title: `[FT-40] broker ${broker + 1} of three is killed with -9, and comes back later`,
  barMs: BROKER_MS,
  async run(world) {
    const { kafka } = world.servers;
    await kafka.kill(broker);
    await world.delivers();
    await kafka.start(broker);
  },
});

interface Freezable {
  freeze(node: number): void;
  thaw(node: number): void;
}

/** Every node of a server stands still at once; counted from when it goes on. Viewers keep their connections meanwhile. */
async function standsStill(world: World, server: Freezable, nodes: number, ms: number): Promise<void> {
  const connections = world.connections;
  for (let node = 0; node < nodes; node += 1) server.freeze(node);
  await sleep(ms);
  if (world.connections > connections) world.troubles.push("viewers lost their connections meanwhile");
  for (let node = 0; node < nodes; node += 1) server.thaw(node);
  world.mark();
}

/** The master of the first room's keys. */
const masterOf = ({ redis }: Servers, room: string): Promise<number> => redis.masterOf(`{${room}}`);

const mount = (...args: readonly string[]): void => void execFileSync("mount", args, { stdio: "ignore" });
const unmount = (path: string): void => void execFileSync("umount", ["-l", path], { stdio: "ignore" });

/** Undefined where a file system can be mounted by this user. */
function missingMount(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "barrage-mount-"));
  try {
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
    unmount(path);
    return undefined;
  } catch {
    return "no file system can be mounted here (it needs root)";
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** A broker's folder on a small file system of its own; what it has is taken along. */
async function moveToSmallDisk(servers: Servers, broker: number): Promise<string> {
  const data = join(servers.brokerFolder(broker), "data");
  const kept = `${data}-kept`;
  await servers.kafka.kill(broker);
  cpSync(data, kept, { recursive: true });
  mount("-t", "tmpfs", "-o", `size=${DISK_MEBIBYTES}m`, "tmpfs", data);
  cpSync(kept, data, { recursive: true });
  rmSync(kept, { recursive: true });
  await servers.kafka.start(broker);
  return data;
}

/** Not a byte more fits in. */
function fill(folder: string): string {
  const path = join(folder, "ballast");
  const block = Buffer.alloc(1_048_576);
  try {
    for (;;) writeFileSync(path, block, { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  return path;
}

export const SERVER_CASES: readonly FaultCase[] = [
  ...[0, 1, 2].map(brokerKilled),
  {
    name: "kafka-away",
    title: "[FT-45] all brokers stand still for 12 s; counted from the end on",
    barMs: BROKER_MS,
    async run(world) {
      const { kafka } = world.servers;
      const { retries } = world.publishing;
      await standsStill(world, kafka, kafka.brokers.length, KAFKA_AWAY_MS);
      if (world.publishing.retries === retries) world.troubles.push("no publisher was told");
    },
  },
  {
    name: "redis-master-killed",
    title: "[FT-41] a Redis master is killed with -9: its replica takes over, with what it has",
    barMs: BROKER_MS,
    async run({ servers, rooms: [room = ""] }) {
      await servers.redis.kill(await masterOf(servers, room));
    },
  },
  {
    name: "redis-frozen",
    title: "[FT-42] a Redis master stands still for 10 s and comes back as a replica",
    barMs: BROKER_MS,
    async run({ servers, rooms: [room = ""] }) {
      const master = await masterOf(servers, room);
      servers.redis.freeze(master);
      await sleep(FROZEN_MS);
      servers.redis.thaw(master);
    },
  },
  {
    name: "redis-away",
    title: "[FT-46] all Redis nodes stand still for 4 s; counted from the end on",
    barMs: BROKER_MS,
    run: (world) => standsStill(world, world.servers.redis, world.servers.redis.nodes.length, AWAY_MS),
  },
  {
    name: "postgres-restarted",
    title: "[FT-43] PostgreSQL is stopped for some seconds: viewers notice nothing, the archive catches up",
    barMs: UNTOUCHED_MS,
    async run({ servers }) {
      await servers.postgres.stop();
      await sleep(AWAY_MS);
      await servers.postgres.restart();
    },
  },
  {
    name: "disk-full",
    title: "[FT-44] the file system of one broker's log is full",
    barMs: BROKER_MS,
    missing: missingMount,
    async run(world) {
      const { servers } = world;
      const broker = servers.kafka.brokers[0];
      const data = await moveToSmallDisk(servers, 0);
      try {
        await world.delivers();
        world.mark();
        const ballast = fill(data);
        // A broker that cannot write ends itself.
        if (!(await holds(() => broker?.isRunning === false)))
          world.troubles.push("the broker went on with a full disk");
        await world.delivers();
        rmSync(ballast);
        await servers.kafka.start(0);
        await world.delivers();
      } finally {
        await servers.kafka.kill(0);
        const kept = `${data}-kept`;
        cpSync(data, kept, { recursive: true });
        unmount(data);
        cpSync(kept, data, { recursive: true });
        rmSync(kept, { recursive: true });
      }
    },
  },
];
