import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { Scope, nextTurn, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { MemoryWindow, PolicyTally, emptyRoom, noPolicyCounts } from "@barrage/engine";
import type { Batch } from "@barrage/engine";
import { Judges } from "../src/router/judges.ts";
import { Publishing, ROOMS_PER_TURN } from "../src/router/publishing.ts";
import type { RoomState } from "../src/room/state.ts";
import { applyRecord } from "../src/room/transitions.ts";
import { settings } from "./support/live-engine.ts";

const AUTHOR = { uid: "h", name: "h", role: "host" } as const;

/** Publishes into a window in memory, where nothing ever waits, and notes in which turn of the event loop. */
class Rooms {
  readonly batches: { readonly room: string; readonly prev: number; readonly turn: number }[] = [];
  readonly clock = new FakeClock();
  readonly ctx = rootContext({ clock: this.clock, name: "test" });
  readonly publishing: Publishing;
  private readonly states = new Map<string, RoomState>();
  /** Called with how many batches are out, before the next one is. */
  onBatch: (batches: number) => void = () => undefined;
  private seq = 0;

  constructor(scope?: Scope) {
    const window = new MemoryWindow(settings.window, this.clock);
    this.publishing = new Publishing({
      window,
      feed: { publish: (batch) => this.note(batch) },
      judges: new Judges(window, new PolicyTally()),
      totals: { published: 0, muted: 0, policies: noPolicyCounts() },
      onEvent: ({ type }) => assert.fail(type),
      windowMs: () => 20,
      refill: () => Promise.reject(new Error("the window lacks nothing")),
      startSeq: 0,
      scope,
    });
  }

  /** One record in each of so many rooms. */
  add(rooms: number): void {
    for (let i = 0; i < rooms; i += 1) {
      const room = `room ${String(i)}`;
      const before = this.states.get(room) ?? emptyRoom(room);
      const event = { type: "title", title: "x" } as const;
      const entry = { kind: "room-event", id: room, at: 0, author: AUTHOR, event } as const;
      const applied = applyRecord(before, { seq: (this.seq += 1), room, entry, live: true });
      assert.ok(applied.outcome === "published");
      this.states.set(room, applied.state);
      this.publishing.add(before, applied);
    }
    this.publishing.reached(this.seq);
  }

  /** Flushes until everything up to `seq` is out. */
  async flush(seq = this.seq): Promise<void> {
    using stopped = this.ctx.cancellable({ name: "flush" });
    // A turn that others began before would be the flush's as well, and no turn of its own.
    await nextTurn();
    const flushing = this.publishing.flush(stopped).catch(() => undefined);
    await this.publishing.published.wait(seq, this.ctx);
    stopped.cancel();
    await flushing;
  }

  get perTurn(): readonly number[] {
    const counts = new Map<number, number>();
    for (const { turn } of this.batches) counts.set(turn, (counts.get(turn) ?? 0) + 1);
    return [...counts.values()];
  }

  private note({ room, prev }: Batch): Promise<void> {
    this.batches.push({ room, prev, turn: performance.nodeTiming.uvMetricsInfo.loopCount });
    this.onBatch(this.batches.length);
    return Promise.resolve();
  }
}

const names = (rooms: number): readonly string[] =>
  Array.from({ length: rooms }, (_, i) => `room ${String(i)}`);

describe("many rooms that are due at once", () => {
  it("[DL-50] 64 are published before the event loop goes on, in the order in which they came", async () => {
    for (const rooms of [ROOMS_PER_TURN - 1, ROOMS_PER_TURN, ROOMS_PER_TURN + 1, 1_000]) {
      const world = new Rooms();
      world.add(rooms);
      await world.flush();

      assert.deepEqual(
        world.batches.map(({ room }) => room),
        names(rooms),
      );
      assert.equal(Math.max(...world.perTurn), Math.min(rooms, ROOMS_PER_TURN));
      assert.equal(world.perTurn.length, Math.ceil(rooms / ROOMS_PER_TURN));
    }
  });

  it("[DL-50] so it is where each room is published by a task of its own", async () => {
    const ctx = rootContext({ clock: new FakeClock(), name: "rooms" });
    await using scope = new Scope(ctx, { name: "rooms", onError: "report" });
    const world = new Rooms(scope);
    world.add(500);
    await world.flush();

    assert.deepEqual(new Set(world.batches.map(({ room }) => room)), new Set(names(500)));
    assert.equal(Math.max(...world.perTurn) <= ROOMS_PER_TURN, true, String(world.perTurn));
  });

  it("[DL-50] what comes for rooms that were just published waits for their window, and goes out in its place", async () => {
    const world = new Rooms();
    world.add(200);
    world.onBatch = (batches) => {
      if (batches === ROOMS_PER_TURN) world.add(200);
    };
    const flushed = world.flush(400);
    // The windows end once the first batches are out.
    await world.publishing.published.wait(200, world.ctx);
    await world.clock.advance(20);
    await flushed;

    // Whoever had not had its turn yet published both records in one batch.
    assert.deepEqual(
      world.batches.map(({ room }) => room),
      [...names(200), ...names(ROOMS_PER_TURN)],
    );
    assert.deepEqual(
      world.batches.slice(200).map(({ prev }) => prev),
      Array.from({ length: ROOMS_PER_TURN }, (_, i) => i + 1),
    );
  });
});
