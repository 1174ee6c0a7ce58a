import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WindowBounds, WindowSlice } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { FakeClock } from "../clock/fake-clock.ts";
import { author, danmaku } from "./entries.ts";
import type { WindowUnderTest } from "./window-contract.ts";

/** Bounds of what is kept of records that had no room, beside those of the window. */
export interface PastWindowBounds extends WindowBounds {
  readonly keptItems: number;
  readonly keptBytes: number;
}

export type MakePastWindow = (bounds: PastWindowBounds, ctx: Context) => Promise<WindowUnderTest>;

const BOUNDS: PastWindowBounds = {
  maxItems: 2,
  maxBytes: 10_000_000,
  maxAgeMs: 60_000,
  keptItems: 100,
  keptBytes: 1_000_000,
};
const ALL = Number.POSITIVE_INFINITY;

/** Registers the tests of windows that keep control and paid records; each gets an empty one of its own. */
export function windowPastContract(name: string, make: MakePastWindow): void {
  async function start(more: Partial<PastWindowBounds> = {}) {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const made = await make({ ...BOUNDS, ...more }, ctx);
    const { window } = made;
    let [prev, n] = [0, 0];
    const paid = (seq: number, ordinal: number): Item => ({
      kind: "superchat",
      id: `s${seq}`,
      at: clock.wall(),
      author: author("u1"),
      content: "谢谢",
      amount_micros: 30_000_000,
      currency: "CNY",
      pin_ms: 1_000,
      seq,
      n: ordinal,
    });
    const item = (seq: number): Item => {
      n += 1;
      // Every third is paid.
      return seq % 3 === 0 ? paid(seq, n) : { ...danmaku(`i${seq}`, { at: clock.wall() }), seq, n };
    };
    return {
      window,
      clock,
      ctx,
      paid,
      /** One batch of these seqs. */
      async say(...seqs: readonly number[]): Promise<void> {
        const items = seqs.map(item);
        const seq = seqs.at(-1) ?? prev;
        assert.equal(await window.append({ room: "r", prev, seq, items }, ctx), "written");
        prev = seq;
      },
      read: (after: number): Promise<WindowSlice> => window.read("r", after, ALL, ctx),
      [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
    };
  }
  const seqsOf = (items: readonly Item[] | undefined) => items?.map(({ seq }) => seq);

  describe(`${name} as a window that keeps what was paid`, () => {
    it("[RD-9] gives the paid records that had no room, after `after`, and the ordinal where a batch ended", async () => {
      await using run = await start();
      await run.say(1, 2, 3);
      await run.say(4, 5);
      await run.say(6, 7, 8, 9, 10);

      const { items, floor, past } = await run.read(3);
      assert.deepEqual([seqsOf(items), floor], [[9, 10], { seq: 8, n: 8 }]);
      assert.deepEqual(past, { kept: [run.paid(6, 6)], keptFrom: 0, isExpired: false, afterN: 3 });
      assert.deepEqual(seqsOf((await run.read(0)).past?.kept), [3, 6]);
      assert.equal((await run.read(0)).past?.afterN, 0);
      assert.equal((await run.read(4)).past?.afterN, undefined);
      assert.equal((await run.read(5)).past?.afterN, 5);
    });

    it("[RD-9] says nothing of the past where none is asked for", async () => {
      await using run = await start();
      await run.say(1, 2, 3, 4);

      assert.equal((await run.read(2)).past, undefined);
      assert.equal((await run.read(1)).past === undefined, false);
    });

    for (const [keptItems, kept, keptFrom] of [
      [2, [6, 9], 3],
      [3, [3, 6, 9], 0],
    ] as const) {
      it(`[RD-9] of three paid records ${keptItems} may be kept: those are complete after ${keptFrom}`, async () => {
        await using run = await start({ keptItems });
        for (let seq = 1; seq <= 12; seq++) await run.say(seq);

        const { past } = await run.read(0);
        assert.deepEqual([seqsOf(past?.kept), past?.keptFrom], [kept, keptFrom]);
      });
    }

    it("[RD-9] keeps no more bytes than it may", async () => {
      await using run = await start({ keptBytes: 2_000 });
      for (let seq = 1; seq <= 60; seq++) await run.say(seq);

      const { past } = await run.read(0);
      const kept = past?.kept ?? [];
      const bytes = Buffer.byteLength(kept.map((item) => JSON.stringify(item)).join(""));
      assert.equal(bytes <= 2_000 && kept.length >= 3, true);
      assert.equal(past?.keptFrom, (kept[0]?.seq ?? 0) - 3);
      assert.equal(kept.at(-1)?.seq, 57);
    });

    it("[RD-9] what is too old is not kept, and says so to whoever missed it", async () => {
      await using run = await start();
      await run.say(1, 2, 3);
      await run.clock.advance(30_000);
      await run.say(4, 5, 6);
      await run.say(7, 8, 9);
      assert.equal((await run.read(0)).past?.isExpired, false);

      await run.clock.advance(30_001);

      const { past } = await run.read(0);
      assert.deepEqual([seqsOf(past?.kept), past?.isExpired], [[6], true]);
      assert.equal((await run.read(3)).past?.isExpired, false);
    });

    it("[RD-9] opened, it keeps what it was given of the time before", async () => {
      await using run = await start();
      const before = { kept: [run.paid(30, 30), run.paid(60, 60)], keptFrom: 20 };
      const items = [70, 71].map((seq) => ({ ...danmaku(`i${seq}`, { at: run.clock.wall() }), seq, n: seq }));

      await run.window.open("r", { seq: 71, n: 71, before }, items, run.ctx);

      const { past } = await run.read(40);
      assert.deepEqual([past?.kept, past?.keptFrom], [[run.paid(60, 60)], 20]);
      assert.deepEqual(seqsOf((await run.read(0)).past?.kept), [30, 60]);
    });

    it("[RD-9] opened without a past, it knows none from before its floor", async () => {
      await using run = await start();

      await run.window.open("r", { seq: 71, n: 71 }, [], run.ctx);

      const { past } = await run.read(40);
      assert.deepEqual([past?.kept, past?.keptFrom, past?.isExpired], [[], 71, false]);
    });

    it("[RD-9] what is removed is gone from the past too", async () => {
      await using run = await start();
      for (let seq = 1; seq <= 12; seq++) await run.say(seq);

      await run.window.remove("r", ({ seq }) => seq === 6, run.ctx);

      assert.deepEqual(seqsOf((await run.read(0)).past?.kept), [3, 9]);
    });
  });
}
