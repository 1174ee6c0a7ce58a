import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { PresenceReports } from "../../src/index.ts";
import type { RedisPresence } from "../../src/index.ts";

const OPTIONS = { everyMs: 5_000, lifeMs: 15_000, maxPending: 3 };

/** A Redis that may be away. */
class Presence implements Pick<RedisPresence, "report" | "seen" | "salt"> {
  isAway = false;
  /** Counts viewers, and no users. */
  isHalfAway = false;
  readonly users: string[] = [];

  report(
    counts: Iterable<readonly [string, number]>,
    _ctx: unknown,
    told: (room: string, elsewhere: number) => void = () => undefined,
  ): Promise<void> {
    if (this.isAway) return Promise.reject(new Error("Redis is away"));
    for (const [room] of counts) told(room, 7);
    return Promise.resolve();
  }

  salt(): Promise<string> {
    return Promise.resolve("salt");
  }

  seen(room: string, uids: readonly string[]): Promise<void> {
    if (this.isHalfAway) return Promise.reject(new Error("a node is away"));
    this.users.push(...uids.map((uid) => `${room} ${uid}`));
    return Promise.resolve();
  }
}

async function running(
  body: (run: { clock: FakeClock; presence: Presence; reports: PresenceReports }) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const presence = new Presence();
  const reports = new PresenceReports(presence, () => [["r", 1]], OPTIONS);
  await scope(
    async (own) => {
      own.spawn((ctx) => reports.run(ctx).catch(() => undefined), { name: "reports" });
      await clock.advance(0);
      await body({ clock, presence, reports });
      own.cancel();
    },
    { parent: rootContext({ clock }) },
  );
}

describe("PresenceReports while Redis is away", () => {
  it("[RD-44] gives what it was told last for as long as a report holds, then nothing, and the new when it is back", async () => {
    await running(async ({ clock, presence, reports }) => {
      assert.equal(reports.elsewhere("r"), 7);
      presence.isAway = true;

      await clock.advance(OPTIONS.lifeMs);
      assert.equal(reports.elsewhere("r"), 7);
      await clock.advance(1);
      assert.equal(reports.elsewhere("r"), 0);
      assert.equal(reports.figures.failed > 0, true);
      presence.isAway = false;
      await clock.advance(OPTIONS.everyMs);

      assert.equal(reports.elsewhere("r"), 7);
    });
  });

  it("[RD-44] keeps a bounded number of users until they can be counted, each once", async () => {
    await running(async ({ clock, presence, reports }) => {
      for (const uid of ["a", "b", "a", "c", "d"]) reports.joined("r", { uid });

      assert.equal(reports.figures.uncounted, 1);
      await clock.advance(OPTIONS.everyMs);
      assert.deepEqual(presence.users, ["r a", "r b", "r c"]);
      reports.joined("r", { uid: "d" });
      await clock.advance(OPTIONS.everyMs);

      assert.deepEqual(presence.users.slice(3), ["r d"]);
    });
  });

  it("[RD-48] who could not be told of waits for the next report", async () => {
    await running(async ({ clock, presence, reports }) => {
      presence.isHalfAway = true;
      reports.joined("r", { uid: "a" });
      await clock.advance(OPTIONS.everyMs);
      for (const uid of ["a", "b"]) reports.joined("r", { uid });
      presence.isHalfAway = false;
      await clock.advance(OPTIONS.everyMs);

      assert.deepEqual(presence.users, ["r a", "r b"]);
      assert.deepEqual([reports.figures.failed, reports.figures.uncounted], [1, 0]);
    });
  });

  it("[RD-48] of an address only a hash is told, the same each time", async () => {
    await running(async ({ clock, presence, reports }) => {
      for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.2"]) reports.joined("r", { address });
      await clock.advance(OPTIONS.everyMs);
      reports.joined("r", { address: "192.0.2.1" });
      await clock.advance(OPTIONS.everyMs);

      const [one, two, again] = presence.users;
      assert.equal(presence.users.length, 3);
      assert.equal(one, again);
      assert.notEqual(one, two);
      for (const told of presence.users) assert.match(told, /^r ~[\w-]{43}$/);
    });
  });
});
