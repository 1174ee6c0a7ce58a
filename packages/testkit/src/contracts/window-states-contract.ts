import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch, RecentWindow, RoomState, StoredStates, WindowBounds } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "../clock/fake-clock.ts";
import { danmaku, fullRoom } from "./entries.ts";

/** A window under test with the room states beside it, empty. */
export interface StatesUnderTest extends AsyncDisposable {
  readonly window: RecentWindow;
  readonly states: StoredStates;
}

/** `ctx` carries the clock that ages are measured with. */
export type MakeStates = (bounds: WindowBounds, ctx: Context) => Promise<StatesUnderTest>;

const BOUNDS: WindowBounds = { maxItems: 10, maxBytes: 10_000_000, maxAgeMs: 60_000 };

/** A batch with one record. */
function batch(prev: number, seq: number, n: number, more: Partial<Batch> = {}): Batch {
  const entry = danmaku(`i${seq}`);
  return { room: "r", prev, seq, items: [{ ...entry, seq, n }], ...more };
}

const titled = (title: string, seq: number, n: number): RoomState => ({
  ...fullRoom("r"),
  title,
  head: { seq, n },
});

/** Registers the tests that every pair of a `RecentWindow` and its `StoredStates` passes; each gets an empty one. */
export function windowStatesContract(name: string, make: MakeStates): void {
  describe(`${name} as the room states beside a window`, () => {
    const start = async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      const made = await make(BOUNDS, ctx);
      const { window, states } = made;
      const find = (room = "r") => states.find(room, ctx);
      return { window, find, clock, ctx, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
    };
    writing(start);
    refusing(start);
    opening(start);
  });
}

type Start = () => Promise<
  AsyncDisposable & {
    readonly window: RecentWindow;
    readonly find: (room?: string) => Promise<RoomState | undefined>;
    readonly clock: FakeClock;
    readonly ctx: Context;
  }
>;

function writing(start: Start): void {
  it("[PT-1] knows none of a room that never was, nor of one whose batches brought none", async () => {
    await using run = await start();

    assert.equal(await run.find(), undefined);
    await run.window.append(batch(0, 1, 1), run.ctx);

    assert.equal(await run.find(), undefined);
  });

  it("[PT-1] has the state that a batch brought, whole", async () => {
    await using run = await start();
    const state = titled("first", 1, 1);

    assert.equal(await run.window.append(batch(0, 1, 1, { state }), run.ctx), "written");

    assert.deepEqual(await run.find(), state);
    assert.equal(await run.find("other"), undefined);
  });

  it("[PT-1] a batch without one leaves the former, as of the head by then", async () => {
    await using run = await start();
    await run.window.append(batch(0, 1, 1, { state: titled("first", 1, 1) }), run.ctx);

    await run.window.append(batch(1, 4, 2), run.ctx);

    assert.deepEqual(await run.find(), titled("first", 4, 2));
  });

  it("[PT-1] a later batch's replaces it: what ended is gone", async () => {
    await using run = await start();
    await run.window.append(batch(0, 1, 1, { state: titled("first", 1, 1) }), run.ctx);
    const next = { ...titled("second", 2, 2), mutes: new Map(), bans: new Map([["u9", null]]) };

    await run.window.append(batch(1, 2, 2, { state: next }), run.ctx);

    assert.deepEqual(await run.find(), next);
  });

  it("[PT-1] stays when all records of the room are too old, and when they are removed", async () => {
    await using run = await start();
    const state = titled("first", 1, 1);
    await run.window.append(batch(0, 1, 1, { state }), run.ctx);

    await run.window.remove("r", () => true, run.ctx);
    assert.deepEqual(await run.find(), state);
    await run.clock.advance(BOUNDS.maxAgeMs + 1);

    assert.deepEqual(await run.find(), state);
  });
}

function refusing(start: Start): void {
  for (const [outcome, prev, seq] of [
    ["behind", 3, 4],
    ["ahead", 1, 3],
  ] as const) {
    it(`[PT-2] of a batch that is refused with ${outcome} the state is not written`, async () => {
      await using run = await start();
      await run.window.append(batch(0, 1, 1, { state: titled("first", 1, 1) }), run.ctx);
      await run.window.append(batch(1, 2, 2), run.ctx);

      const refused = batch(prev, seq, 9, { state: titled("refused", seq, 9) });
      assert.equal(await run.window.append(refused, run.ctx), outcome);

      assert.deepEqual(await run.find(), titled("first", 2, 2));
    });
  }
}

function opening(start: Start): void {
  it("[PT-1] opened with a state it has that one, as of where it was opened", async () => {
    await using run = await start();
    await run.window.append(batch(0, 1, 1, { state: titled("first", 1, 1) }), run.ctx);

    await run.window.open("r", { seq: 9, n: 5, state: titled("opened", 9, 5) }, [], run.ctx);
    assert.deepEqual(await run.find(), titled("opened", 9, 5));
    await run.window.append(batch(9, 10, 6), run.ctx);

    assert.deepEqual(await run.find(), titled("opened", 10, 6));
  });

  it("[PT-1] opened without one it has none: the former was not as of there", async () => {
    await using run = await start();
    await run.window.append(batch(0, 1, 1, { state: titled("first", 1, 1) }), run.ctx);

    await run.window.open("r", { seq: 9, n: 5 }, [], run.ctx);

    assert.equal(await run.find(), undefined);
  });
}
