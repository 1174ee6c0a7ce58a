import { sleep } from "@barrage/kernel";
import type { FaultCase } from "../harness/fault-case.ts";
import type { RoleProcess } from "../harness/role-process.ts";
import { holds } from "../harness/world.ts";
import type { World } from "../harness/world.ts";

/** A supervisor starts it again, under the same instance id. */
const RESTARTED_MS = 1_000;
/** Another one takes over. */
const REPLACED_MS = 10_000;
/** More than a router's session (6 s). */
const STALL_MS = 9_000;

/** Killed, not started again until the others have taken over. */
async function replaced(world: World, role: RoleProcess): Promise<void> {
  role.isSupervised = false;
  await role.kill();
  await world.delivers();
  role.isSupervised = true;
  role.start();
  await role.ready();
}

/** Asked to end, started again, ready: one after the other. */
async function rollingRestart(world: World): Promise<void> {
  for (const role of world.site.roles) {
    await role.stop();
    role.start();
    await role.ready();
  }
}

/**
 * Without load beside it: the next batch would show the loss of the one before. Rooms are tried in turn, for one router
 * has only some of them.
 */
async function diesBetween(world: World): Promise<void> {
  const { publishing, site, viewers } = world;
  const router = site.one("router");
  await publishing.pause();
  await holds(() => viewers.every(({ room, last }) => last >= publishing.lastSeq(room)));
  router.arm("die between window and feed");
  for (const room of world.rooms) {
    world.mark();
    await publishing.once(room);
    const seq = publishing.lastSeq(room);
    const isThere = (): boolean => viewers.every((viewer) => viewer.room !== room || viewer.last >= seq);
    if (!(await holds(isThere))) world.troubles.push(`nobody published ${room} ${seq}`);
    world.seal();
    if (router.hasPassed) break;
  }
  if (!router.hasPassed) throw new Error("no batch came to the router");
  router.forgive();
  publishing.resume();
}

export const ROLE_CASES: readonly FaultCase[] = [
  {
    name: "ingest-killed",
    title: "[FT-30] an ingest is killed with -9: publishers come again with the same client_msg_id",
    barMs: RESTARTED_MS,
    run: ({ site }) => site.one("ingest").kill(),
  },
  {
    name: "router-restarted",
    title: "[FT-31] a router is killed with -9 and started again under its instance id",
    barMs: RESTARTED_MS,
    run: ({ site }) => site.one("router").kill(),
  },
  {
    name: "router-replaced",
    title: "[FT-32] a router is killed with -9 and another takes its partitions over",
    barMs: REPLACED_MS,
    run: (world) => replaced(world, world.site.one("router")),
  },
  {
    name: "router-between",
    title: "[FT-33] a router dies when a batch is in the window and no gateway has it",
    barMs: RESTARTED_MS,
    run: diesBetween,
  },
  {
    name: "gateway-restarted",
    title: "[FT-34] a gateway is killed with -9 and started again: its viewers resume there",
    barMs: RESTARTED_MS,
    isSticky: true,
    run: ({ site }) => site.one("gateway").kill(),
  },
  {
    name: "gateway-replaced",
    title: "[FT-35] a gateway is killed with -9: its viewers resume at another",
    barMs: REPLACED_MS,
    run: (world) => replaced(world, world.site.one("gateway")),
  },
  {
    name: "batch-lost",
    title: "[FT-36] a batch that the feed has sent does not reach a gateway",
    barMs: RESTARTED_MS,
    async run({ site }) {
      const gateway = site.one("gateway");
      gateway.arm("lose a batch");
      if (!(await holds(() => gateway.hasPassed))) throw new Error("no batch came to the gateway");
    },
  },
  {
    name: "archiver-killed",
    title: "[FT-37] an archiver is killed with -9: viewers notice nothing, the archive has everything once",
    barMs: RESTARTED_MS,
    run: ({ site }) => site.one("archiver").kill(),
  },
  {
    name: "router-stalls",
    title:
      "[FT-38] a router stands still for longer than its session; what it does when it goes on counts for nothing",
    barMs: REPLACED_MS,
    async run({ site }) {
      const router = site.one("router");
      router.freeze();
      await sleep(STALL_MS);
      router.thaw();
    },
  },
  {
    name: "rolling-restart",
    title:
      "[FT-39] every process of every role is ended in good order and started again, one after the other",
    barMs: REPLACED_MS,
    run: rollingRestart,
  },
];
