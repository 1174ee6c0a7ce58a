import { writeFileSync } from "node:fs";
import { sleep } from "@barrage/kernel";
import type { FaultCase } from "../harness/fault-case.ts";
import { Links } from "../harness/links.ts";
import type { Dependency } from "../harness/links.ts";
import type { RoleName } from "../harness/role-process.ts";
import type { World } from "../harness/world.ts";

const RECOVERED_MS = 10_000;
/** A link that is slow slows what is shown by as much, no more. */
const SLOW_MS = 2_000;
const UNTOUCHED_MS = 1_000;
const LASTS_MS = 5_000;
const HOUR_MS = 3_600_000;
/** For the process to have seen it. */
const SEEN_MS = 1_000;

const KAFKA_AND_REDIS: readonly Dependency[] = ["kafka", "redis"];

/**
 * With the links of one process through proxies, and the others of its role ended in good order: what it does not do
 * nobody does. Delivery has gone on before anything is broken.
 */
async function withLinks(world: World, role: RoleName, body: (links: Links) => Promise<void>): Promise<void> {
  for (const other of world.site.all(role).slice(1)) await other.stop();
  await using links = await Links.between(world.site.one(role), world.servers);
  await world.delivers();
  world.mark();
  await body(links);
  await world.delivers();
  // What comes now is an orderly restart, which another case looks at.
  world.seal();
}

async function slow(links: Links): Promise<void> {
  for (const dependency of KAFKA_AND_REDIS) {
    for (const stream of ["upstream", "downstream"] as const)
      links.put(dependency, { type: "latency", stream, attributes: { latency: 50, jitter: 25 } });
  }
  await sleep(LASTS_MS);
}

/** What comes back from the servers is lost, and what goes to them arrives. */
async function deaf(world: World, links: Links): Promise<void> {
  for (const dependency of KAFKA_AND_REDIS)
    links.put(dependency, { type: "timeout", stream: "downstream", attributes: { timeout: 0 } });
  await sleep(LASTS_MS);
  for (const dependency of KAFKA_AND_REDIS) links.remove(dependency, "timeout", "downstream");
  world.mark();
}

function orphan(links: Links): Promise<void> {
  for (const dependency of KAFKA_AND_REDIS) links.halfOpen(dependency);
  return Promise.resolve();
}

/** An hour ahead, then an hour behind, then right again. */
async function clockJumps({ site }: World): Promise<void> {
  for (const role of ["ingest", "router", "gateway", "archiver"] as const) {
    const file = site.one(role).spec.env["FAULTS_CLOCK"] ?? "";
    for (const offset of [HOUR_MS, -HOUR_MS, 0]) {
      writeFileSync(file, String(offset));
      await sleep(SEEN_MS);
    }
  }
}

export const LINK_CASES: readonly FaultCase[] = [
  {
    name: "router-link-slow",
    title: "[FT-50] a router's way to Kafka and Redis takes 50 ms give or take 25 each way",
    barMs: SLOW_MS,
    run: (world) => withLinks(world, "router", slow),
  },
  {
    name: "gateway-link-slow",
    title: "[FT-50] a gateway's way to Kafka and Redis takes 50 ms give or take 25 each way",
    barMs: SLOW_MS,
    run: (world) => withLinks(world, "gateway", slow),
  },
  {
    name: "router-deaf",
    title:
      "[FT-51] a router hears nothing from Kafka and Redis for 5 s, and is heard; counted from the end on",
    barMs: RECOVERED_MS,
    run: (world) => withLinks(world, "router", (links) => deaf(world, links)),
  },
  {
    name: "gateway-deaf",
    title:
      "[FT-51] a gateway hears nothing from Kafka and Redis for 5 s, and is heard; counted from the end on",
    barMs: RECOVERED_MS,
    run: (world) => withLinks(world, "gateway", (links) => deaf(world, links)),
  },
  {
    name: "router-half-open",
    title: "[FT-52] a router's connections to Kafka and Redis have ended, and it is not told",
    barMs: RECOVERED_MS,
    run: (world) => withLinks(world, "router", orphan),
  },
  {
    name: "gateway-half-open",
    title: "[FT-52] a gateway's connections to Kafka and Redis have ended, and it is not told",
    barMs: RECOVERED_MS,
    run: (world) => withLinks(world, "gateway", orphan),
  },
  {
    name: "clock-jumps",
    title: "[FT-53] the wall clock of one process of each role jumps an hour ahead and an hour back",
    barMs: UNTOUCHED_MS,
    run: clockJumps,
  },
];
