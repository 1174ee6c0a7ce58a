import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Batch, Feed } from "@barrage/engine";
import { RepeatingFeed, ROOMS_AT_ONCE } from "../src/router/repeating-feed.ts";

const ACTIVE_MS = 600_000;
const ROOMS = 100;

const batchOf = (room: string, seq: number): Batch => ({ room, prev: seq - 1, seq, items: [] });
const roomsOf = (node: string): readonly string[] => Array.from({ length: ROOMS }, (_, i) => `${node} ${i}`);
const nodeOf = (room: string): string => room.split(" ")[0] ?? "";

/** Two nodes, of which one may stand still: then whoever asks it waits. */
class TwoNodes {
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly feed: RepeatingFeed;
  /** Repeats by room: the moments at which they arrived. */
  readonly repeats = new Map<string, number[]>();
  underWay = 0;
  most = 0;
  private still: PromiseWithResolvers<void> | undefined;

  constructor() {
    const options = { mend: (room: string, _: number, ctx: Context) => this.ask(room, ctx), nodeOf };
    const inner: Feed = {
      publish: (batch) => {
        if (batch.prev === batch.seq) this.note(batch.room);
        return Promise.resolve();
      },
      subscribe: () => {
        throw new Error("nobody listens here");
      },
    };
    this.feed = new RepeatingFeed(inner, this.clock, ACTIVE_MS, { ...options, onFailure: () => undefined });
  }

  async speak(room: string, seq: number): Promise<void> {
    await this.feed.publish(batchOf(room, seq), this.ctx);
  }

  standStill(): void {
    this.still = Promise.withResolvers();
  }

  goOn(): void {
    this.still?.resolve();
    this.still = undefined;
  }

  repeatsOf(node: string): readonly (readonly number[])[] {
    return roomsOf(node).map((room) => this.repeats.get(room) ?? []);
  }

  private async ask(room: string, ctx: Context): Promise<void> {
    if (nodeOf(room) !== "ill") return;
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    try {
      if (this.still !== undefined) await unlessCancelled(this.still.promise, ctx);
    } finally {
      this.underWay -= 1;
    }
  }

  private note(room: string): void {
    this.repeats.set(room, [...(this.repeats.get(room) ?? []), this.clock.now()]);
  }
}

async function twoNodes(): Promise<{ readonly nodes: TwoNodes; readonly scope: Scope }> {
  const nodes = new TwoNodes();
  const scope = new Scope(nodes.ctx, { name: "test", onError: "report" });
  scope.spawn((own) => nodes.feed.run(own), { name: "heads" });
  await nodes.clock.advance(0);
  // The ill one's first: who goes by groups has them all in the first ones.
  for (const room of [...roomsOf("ill"), ...roomsOf("well")]) await nodes.speak(room, 1);
  return { nodes, scope };
}

describe("the heads of rooms on several nodes", () => {
  it("[PT-28] a node that stands still holds up its own rooms alone, and few of them are under way", async () => {
    const { nodes, scope } = await twoNodes();
    await using _ = scope;
    nodes.standStill();
    const from = nodes.clock.now();

    await nodes.clock.advance(1_000);
    for (const [at = Number.NaN] of nodes.repeatsOf("well")) assert.equal(at - from <= 1_000, true);
    await nodes.clock.advance(20_000);

    for (const moments of nodes.repeatsOf("well")) assert.equal(moments.length, 5);
    assert.deepEqual(
      nodes.repeatsOf("ill").filter(({ length }) => length > 0),
      [],
    );
    assert.deepEqual([nodes.underWay, nodes.most], [ROOMS_AT_ONCE, ROOMS_AT_ONCE]);
  });

  it("[PT-28] once it is back each of its rooms is repeated once, and then in its time", async () => {
    const { nodes, scope } = await twoNodes();
    await using _ = scope;
    nodes.standStill();
    await nodes.clock.advance(60_000);

    nodes.goOn();
    await nodes.clock.advance(0);

    for (const moments of nodes.repeatsOf("ill")) assert.equal(moments.length, 1);
    await nodes.clock.advance(6_000);
    // Those that were being asked for meanwhile were begun long ago, and are due at once.
    const counts = nodes.repeatsOf("ill").map(({ length }) => length);
    assert.equal(counts.filter((count) => count === 3).length, ROOMS_AT_ONCE);
    assert.equal(counts.filter((count) => count === 2).length, ROOMS - ROOMS_AT_ONCE);
    assert.equal(nodes.most, ROOMS_AT_ONCE);
  });

  it("[PT-28] a room that spoke while it waited is not repeated before it is quiet", async () => {
    const { nodes, scope } = await twoNodes();
    await using _ = scope;
    nodes.standStill();
    await nodes.clock.advance(60_000);
    for (const room of roomsOf("ill")) await nodes.speak(room, 2);

    nodes.goOn();
    await nodes.clock.advance(0);

    // Those that were being asked for had been begun.
    assert.equal(nodes.repeatsOf("ill").filter(({ length }) => length > 0).length, ROOMS_AT_ONCE);
    await nodes.clock.advance(1_500);
    for (const moments of nodes.repeatsOf("ill")) assert.equal(moments.length >= 1, true);
  });
});
