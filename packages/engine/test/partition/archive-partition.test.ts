import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCancelled, Scope } from "@barrage/kernel";
import { archivePartition } from "@barrage/engine";
import type { ArchivePartitionOptions, EngineEvent } from "@barrage/engine";
import { FencedError } from "./process-life.ts";
import { OnePartition } from "./one-partition.ts";

/** An archiver at work from `committed`. */
function archiver(world: OnePartition, committed: number, changes: Partial<ArchivePartitionOptions> = {}) {
  const scope = new Scope(world.ctx, { name: "archiver", onError: "report" });
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const commits: number[] = [];
  const events: EngineEvent[] = [];
  const options: ArchivePartitionOptions = {
    partition: world.log,
    committed,
    commit: (seq) => {
      commits.push(seq);
      return Promise.resolve();
    },
    catalog: world.catalog,
    onEvent: (event) => events.push(event),
    ...changes,
  };
  scope.spawn((own) => archivePartition(options, own).catch(resolve));
  const stop = async (): Promise<unknown> => {
    await scope[Symbol.asyncDispose]();
    return ended;
  };
  return { commits, events, ended, stop };
}

async function archived({ archive }: OnePartition, room: string): Promise<readonly string[]> {
  const { items } = await archive.query({ room, after: 0, limit: 100 });
  return items.map(({ seq, n }) => `${seq}-${n}`);
}

describe("an archiver of a partition", () => {
  it("[PT-23] writes what has a place, and each room as of its last record, dropped ones included; then it commits", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const muted = await world.event("r", { type: "mute", uid: "loud", until: null });
    const dropped = await world.say("r", "not heard", "loud");
    const other = await world.make("other");
    const work = archiver(world, 0);
    await world.settle(300);

    assert.deepEqual(await archived(world, "r"), [`${made}-1`, `${muted}-2`]);
    const found = await world.catalog.find("r");
    assert.deepEqual([found?.seq, found?.state.head], [dropped, { seq: muted, n: 2 }]);
    assert.equal((await world.catalog.find("other"))?.seq, other);
    assert.deepEqual(work.commits, [other]);
    assert.equal(isCancelled(await work.stop()), true);
  });

  it("[PT-23] one that begins again before what is written already goes on from the catalogue, room by room", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const muted = await world.event("r", { type: "mute", uid: "loud", until: null });
    const first = archiver(world, 0);
    await world.settle(300);
    await first.stop();
    const other = await world.make("other");
    await world.say("r", "not heard", "loud");
    const heard = await world.say("r", "heard");

    const second = archiver(world, 0);
    await world.settle(300);

    assert.deepEqual(await archived(world, "r"), [`${made}-1`, `${muted}-2`, `${heard}-3`]);
    assert.deepEqual(await archived(world, "other"), [`${other}-1`]);
    await second.stop();
  });

  it("[PT-23] what comes while it writes shares the next write", async () => {
    const world = new OnePartition();
    await world.make("r");
    const work = archiver(world, 0);
    await world.settle(10);
    for (let i = 0; i < 5; i++) await world.say("r", `said ${i}`);
    await world.settle(150);

    assert.deepEqual(work.commits, [1, 6]);
    await work.stop();
  });

  it("[PT-24] a store that is away holds it up, and nothing is committed; then everything is there, once", async () => {
    const world = new OnePartition();
    world.catalog.isBroken = true;
    const made = await world.make("r");
    const work = archiver(world, 0);
    await world.settle(2_500);
    const said = await world.say("r", "said");
    const during = [work.commits.length, work.events.length >= 2, await archived(world, "r")];
    world.catalog.isBroken = false;
    await world.settle(1_500);

    assert.deepEqual(during, [0, true, []]);
    assert.deepEqual(await archived(world, "r"), [`${made}-1`, `${said}-2`]);
    assert.equal(work.commits.at(-1), said);
    await work.stop();
  });

  it("[PT-24] a commit that is refused ends it", async () => {
    const world = new OnePartition();
    const error = new FencedError("another has it");
    await world.make("r");
    const work = archiver(world, 0, { commit: () => Promise.reject(error) });
    await world.settle(200);

    assert.equal(await work.ended, error);
    await work.stop();
  });
});
