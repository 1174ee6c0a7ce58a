import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GroupMemberOptions, KafkaLog } from "@barrage/cluster";
import { DeadlineExceededError, rootContext, Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { createLogger, resolveConfig } from "@barrage/server";
import { FakeClock } from "@barrage/testkit";
import type { House } from "../../../src/roles/house.ts";
import { startGroupWork } from "../../../src/roles/cluster/group-work.ts";

/** A router's part in a group whose log does what `consume` says. */
function started(consume: (options: GroupMemberOptions, ctx: Context) => Promise<void>) {
  const clock = new FakeClock();
  const scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
  const lines: string[] = [];
  const log = createLogger({ level: "warn", stream: { write: (line) => void lines.push(line) } });
  const { config } = resolveConfig({});
  const house = { config, scope, log } as unknown as House;
  const kafka = {
    consume: (options: GroupMemberOptions, _: unknown, ctx: Context) => consume(options, ctx),
    partition: () => ({ head: () => Promise.resolve(0) }),
  } as unknown as KafkaLog;
  const work = startGroupWork(house, { role: "router", group: "router" }, kafka, () => Promise.resolve());
  const end = async (): Promise<void> => {
    await work.stop();
    await scope[Symbol.asyncDispose]();
  };
  return { clock, lines, work, end };
}

describe("a part in a group", () => {
  it("[CR-21] says while it is no member, and logs each reason once", async () => {
    const { clock, lines, work, end } = started(async ({ onMembership }, ctx) => {
      for (let i = 0; i < 3; i += 1) {
        onMembership?.({ type: "lost", error: new Error("no coordinator") });
        await sleep(500, ctx);
      }
      onMembership?.({ type: "joined" });
      await sleep(1e6, ctx);
    });

    await clock.advance(600);
    assert.equal(work.trouble, "the router is no member of its group: no coordinator");
    await clock.advance(1_000);
    assert.equal(work.trouble, undefined);
    assert.equal(lines.length, 1);
    await end();
  });

  it("[CR-21] work that fails is told and begun anew", async () => {
    let runs = 0;
    const { clock, work, end } = started(async ({ onMembership }, ctx) => {
      runs += 1;
      if (runs === 1) throw new Error("none of ours");
      onMembership?.({ type: "joined" });
      await sleep(1e6, ctx);
    });

    await clock.advance(500);
    assert.equal(work.trouble, "the router failed: none of ours");
    await clock.advance(1_000);
    assert.deepEqual([runs, work.trouble], [2, undefined]);
    await end();
  });

  it("[CR-21] [KL-53] so is work that a deadline of its own has ended", async () => {
    let runs = 0;
    const { clock, work, end } = started(async (_, ctx) => {
      runs += 1;
      if (runs === 1) throw new DeadlineExceededError("a store");
      await sleep(1e6, ctx);
    });

    await clock.advance(2_000);
    assert.deepEqual(
      [runs, work.trouble],
      [2, "the router failed: KERNEL_DEADLINE_EXCEEDED, a store passed its deadline"],
    );
    await end();
  });
});
