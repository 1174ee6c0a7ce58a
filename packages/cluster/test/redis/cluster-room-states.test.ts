import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryWindow } from "@barrage/engine";
import type { RoomState, StoredStates } from "@barrage/engine";
import { isCancelled, rootContext, Scope, taskFailureCount } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { danmaku, FakeClock, fullRoom, MemoryArchive, MemoryCatalog } from "@barrage/testkit";
import { ClusterRoomStates, clusterError, PublishedHeads, ROOM_STATES_DEFAULTS } from "../../src/index.ts";

const BOUNDS = { maxItems: 100, maxBytes: 1_000_000, maxAgeMs: 600_000, keptItems: 10, keptBytes: 10_000 };
const { maxAgeMs, staleMs, retryMs, reachMs } = ROOM_STATES_DEFAULTS;

const unavailable = (error: unknown): boolean =>
  BarrageError.is(error) && error.code === "BARRAGE_UNAVAILABLE" && error.spec.retryable;

/** Room states over a window in memory, which may be away as Redis may. */
class Run implements StoredStates, AsyncDisposable {
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly catalog = new MemoryCatalog(new MemoryArchive());
  readonly states: ClusterRoomStates;
  asked = 0;
  isAway = false;
  isHanging = false;
  private readonly scope = new Scope(this.ctx, { name: "test", onError: "report" });
  private readonly window = new MemoryWindow(BOUNDS, this.clock);
  private seq = 0;

  constructor() {
    this.states = new ClusterRoomStates({ stored: this, catalog: this.catalog, scope: this.scope });
  }

  async find(room: string): Promise<RoomState | undefined> {
    this.asked += 1;
    if (this.isAway)
      throw clusterError("CLUSTER_TIMEOUT", { service: "Redis", operation: "find", node: "n" });
    if (this.isHanging) await Promise.withResolvers<never>().promise;
    return this.window.find(room);
  }

  async headOf(room: string): Promise<number> {
    return (await this.find(room))?.head.seq ?? 0;
  }

  /** The room's router writes one record that makes the title so. */
  async say(title: string, more: Partial<RoomState> = {}): Promise<number> {
    const prev = this.seq;
    const seq = (this.seq += 1);
    const item = { ...danmaku(`i${seq}`, { at: this.clock.wall() }), seq, n: seq };
    const state = { ...fullRoom("r"), title, head: { seq, n: seq }, ...more };
    await this.window.append({ room: "r", prev, seq, items: [item], state });
    return seq;
  }

  async title(): Promise<string | undefined> {
    return (await this.states.find("r", this.ctx))?.title;
  }

  async catalogue(title: string): Promise<void> {
    const state = { ...fullRoom("r"), title, head: { seq: 1, n: 1 } };
    await this.catalog.writeAll({ items: [], rooms: [{ state, seq: 1 }] }, this.ctx);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.scope.cancel();
    await this.scope[Symbol.asyncDispose]();
  }
}

describe("ClusterRoomStates", () => {
  it("[RD-81] a state is given again for a second without being asked for, and no longer", async () => {
    await using run = new Run();
    await run.say("first");
    assert.equal(await run.title(), "first");
    await run.say("second");

    await run.clock.advance(maxAgeMs);
    assert.equal(await run.title(), "first");
    assert.equal(run.asked, 1);
    await run.clock.advance(1);

    assert.equal(await run.title(), "second");
  });

  it("[RD-81] of a hundred who ask at once one asks", async () => {
    await using run = new Run();
    await run.say("first");

    const titles = await Promise.all(Array.from({ length: 100 }, () => run.title()));

    assert.deepEqual(new Set(titles), new Set(["first"]));
    assert.equal(run.asked, 1);
  });

  it("[RD-81] what the window does not know the catalogue does; what neither knows is absent, and that is remembered", async () => {
    await using run = new Run();
    assert.equal(await run.title(), undefined);
    assert.equal(await run.title(), undefined);
    assert.equal(run.asked, 1);
    await run.catalogue("kept");

    await run.clock.advance(maxAgeMs * 3);

    assert.equal(await run.title(), "kept");
    await run.say("newer");
    await run.clock.advance(maxAgeMs + 1);
    assert.equal(await run.title(), "newer");
  });

  it("[RD-82] as of now is not what was known a moment ago, and is what is found from then on", async () => {
    await using run = new Run();
    await run.say("first");
    await run.title();
    await run.say("second");

    assert.equal((await run.states.fresh("r", run.ctx))?.title, "second");
    assert.equal(await run.title(), "second");
  });

  it("[RD-82] a record is reached when the window has come to it, and not before", async () => {
    await using run = new Run();
    await run.say("first");
    let isReached = false;
    const reached = run.states.reached("r", 2, run.ctx).then(() => (isReached = true));

    await run.clock.advance(1_000);
    assert.equal(isReached, false);
    await run.say("second");
    await run.clock.advance(100);
    await reached;

    assert.equal(await run.title(), "second");
  });

  it("[RD-82] in a closed room every record is reached; a room that does not move is given up", async () => {
    await using run = new Run();
    await run.say("first");
    const waiting = assert.rejects(run.states.reached("r", 9, run.ctx), unavailable);
    await run.clock.advance(reachMs);
    await waiting;

    await run.say("closed", { closed: true });

    await run.states.reached("r", 9, run.ctx);
  });

  it("[RD-82] the pauses between two looks grow to a tenth of a second", async () => {
    await using run = new Run();
    await run.say("first");
    const waiting = assert.rejects(run.states.reached("r", 9, run.ctx), unavailable);

    await run.clock.advance(reachMs);
    await waiting;

    assert.equal(run.asked < reachMs / 100 + 10, true, `${run.asked} looks`);
  });

  it("[RD-83] with Redis away what is known is given for a minute, then what the catalogue has", async () => {
    await using run = new Run();
    await run.catalogue("old");
    await run.say("known");
    await run.title();
    run.isAway = true;

    await run.clock.advance(staleMs);
    assert.equal(await run.title(), "known");
    await run.clock.advance(1);

    assert.equal(await run.title(), "old");
    assert.equal(run.states.figures.stale, 1);
  });

  it("[RD-83] while it is away it is asked once a second for a room that is known", async () => {
    await using run = new Run();
    await run.say("known");
    await run.title();
    run.isAway = true;
    await run.clock.advance(maxAgeMs + 1);
    await run.title();
    const asked = run.asked;

    for (let i = 0; i < 100; i++) await run.title();
    assert.equal(run.asked, asked);
    await run.clock.advance(retryMs);
    await run.title();

    assert.equal(run.asked, asked + 1);
  });

  it("[RD-83] who cannot be asked about is unavailable, not unknown; as of now even one that is known", async () => {
    await using run = new Run();
    await run.say("known");
    await run.title();
    run.isAway = true;

    await assert.rejects(async () => run.states.find("other", run.ctx), unavailable);
    await assert.rejects(run.states.fresh("r", run.ctx), unavailable);
    run.isAway = false;

    assert.equal(await run.states.find("other", run.ctx), undefined);
    assert.equal((await run.states.fresh("r", run.ctx))?.title, "known");
  });

  it("[RD-83] a Redis that hangs is waited for no longer than its time", async () => {
    await using run = new Run();
    await run.catalogue("old");
    run.isHanging = true;
    let title: string | undefined;
    const asked = run.title().then((found) => (title = found));

    await run.clock.advance(maxAgeMs + ROOM_STATES_DEFAULTS.patienceMs);
    await asked;

    assert.equal(title, "old");
  });

  it("[RD-83] what is found out after whoever asked has gone is no failure of a task", async () => {
    await using run = new Run();
    run.isHanging = true;
    const failures = taskFailureCount();
    for (const waited of [0, maxAgeMs]) {
      using visit = run.ctx.cancellable();
      const asked = assert.rejects(async () => run.states.find("r", visit), isCancelled);
      await run.clock.advance(waited);
      visit.cancel();
      await asked;
    }

    run.catalog.find = () => Promise.reject(new Error("PostgreSQL is away"));
    await run.clock.advance(maxAgeMs + 2 * ROOM_STATES_DEFAULTS.patienceMs);

    assert.equal(run.states.figures.states.failedLoads >= 1, true);
    assert.equal(taskFailureCount(), failures);
  });

  it("[RD-83] the answer that Redis gives when it is back counts at once", async () => {
    await using run = new Run();
    await run.say("known");
    await run.title();
    run.isAway = true;
    await run.clock.advance(maxAgeMs + 1);
    assert.equal(await run.title(), "known");
    run.isAway = false;
    await run.say("changed");

    await run.clock.advance(retryMs);

    assert.equal(await run.title(), "changed");
  });

  it("[RD-84] who waits for a record is let go once the window has it, also when Redis was away meanwhile", async () => {
    await using run = new Run();
    const heads = new PublishedHeads(run, 5_000);
    run.isAway = true;
    let isThere = false;
    const waiting = heads.wait("r", 1, run.ctx).then(() => (isThere = true));
    await run.clock.advance(500);
    assert.equal(isThere, false);

    run.isAway = false;
    await run.say("first");
    await run.clock.advance(100);

    await waiting;
  });

  it("[RD-84] who waits in vain is told so in time", async () => {
    await using run = new Run();
    const waiting = assert.rejects(new PublishedHeads(run, 5_000).wait("r", 1, run.ctx), unavailable);

    await run.clock.advance(5_000);

    await waiting;
  });
});
