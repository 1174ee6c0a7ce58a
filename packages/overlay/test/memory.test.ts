import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createOverlay } from "@barrage/overlay";
import { LruCache } from "../src/canvas/lru-cache.ts";
import { FakeEnvironment } from "./fake-environment.ts";
import { item, stageOf, totalDropped } from "./stage-world.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Growth that is noise of the measuring: the same 900,000 items held would be above 100 MB. */
const NOISE_BYTES = 4_000_000;

describe("a long session", () => {
  it("[OV-14] a stage holds no more after 1,000,000 danmaku than after 100,000", () => {
    const stage = stageOf({ pendingLimit: 100, size: { width: 1_920, height: 1_080 } });
    const offer = (from: number, to: number): void => {
      for (let id = from; id < to; id += 1) {
        const mode = id % 10 === 0 ? "top" : "scroll";
        stage.offer(
          { id: `id-${id}`, text: `danmaku number ${id}`, mode, color: 0xffffff, size: 25 },
          id % 3,
          id,
        );
        if (id % 100 === 0) stage.advance(id);
      }
    };

    offer(0, 100_000);
    const before = heapBytes();
    offer(100_000, 1_000_000);
    const growth = heapBytes() - before;

    const { offered, shown, pending, held } = stage.counts;
    assert.equal(offered, 1_000_000);
    assert.equal(offered, shown + totalDropped(stage.counts) + pending);
    assert.equal(held <= 100 + stage.onStage.length, true);
    assert.equal(growth < NOISE_BYTES, true, `grew by ${growth} bytes`);
  });

  it("[OV-14] an overlay keeps widths and bitmaps within their limits, whatever was shown", () => {
    const browser = new FakeEnvironment();
    const spriteLimitBytes = 500_000;
    const overlay = createOverlay({} as HTMLElement, {
      environment: browser,
      spriteLimitBytes,
      settings: { speed: 4 },
    });
    browser.resize(800, 3_200);
    for (let each = 0; each < 6_000; each += 1) {
      overlay.show(item({ text: `unlike ${each}`, id: String(each) }));
      browser.frame(20);
      browser.canvases.length = 0;
      browser.mounted[0]!.calls.length = 0;
    }
    const { cache } = overlay.counts;
    assert.equal(overlay.counts.shown > 5_000, true);
    assert.equal(cache.widths, 2_000);
    assert.equal(cache.spriteBytes <= spriteLimitBytes && cache.sprites > 0, true);
  });

  it("[OV-14] a cache holds limit - 1 and limit, and gives up the least recently used at limit + 1", () => {
    const gone: string[] = [];
    const cache = new LruCache<string>(
      3,
      () => 1,
      (value) => gone.push(value),
    );
    for (const key of ["a", "b", "c"]) cache.set(key, key);
    assert.deepEqual([cache.size, gone], [3, []]);
    cache.get("a");
    cache.set("d", "d");
    assert.deepEqual([cache.size, gone, cache.get("b")], [3, ["b"], undefined]);
  });

  it("[OV-14] a value dearer than the whole cache is not kept", () => {
    const cache = new LruCache<number>(3, (value) => value);
    cache.set("a", 4);
    assert.deepEqual([cache.size, cache.cost], [0, 0]);
  });
});
