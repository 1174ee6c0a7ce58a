import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createOverlay,
  type Overlay,
  type OverlayItem,
  type OverlayOptions,
  PRIORITY,
} from "@barrage/overlay";
import type { FakeCanvas } from "./fake-canvas.ts";
import { FakeEnvironment } from "./fake-environment.ts";
import { item } from "./stage-world.ts";

interface World {
  readonly overlay: Overlay;
  readonly browser: FakeEnvironment;
  readonly screen: FakeCanvas;
}

/** An overlay of 800 x 320 px: ten lanes. */
function world(options: OverlayOptions = {}): World {
  const browser = new FakeEnvironment();
  const overlay = createOverlay({} as HTMLElement, { ...options, environment: browser });
  browser.resize(800, 320);
  browser.frame(0);
  return { overlay, browser, screen: browser.mounted[0]! };
}

const drawn = (screen: FakeCanvas): number => screen.named("drawImage").length;

describe("Overlay", () => {
  it("[OV-15] asks for frames while a danmaku is on the screen, and for none before and after", () => {
    const { overlay, browser } = world();
    assert.equal(browser.frames, 0);
    overlay.show(item());
    assert.equal(browser.frames, 1);
    browser.frame(16);
    browser.frame(8_001);
    assert.equal(browser.frames, 0);
    assert.deepEqual([overlay.counts.shown, overlay.counts.pending], [1, 0]);
  });

  it("[OV-15] asks for none while the page is hidden, and shows what is still fresh when it is back", () => {
    const { overlay, browser } = world();
    overlay.show(item({ id: "on" }));
    browser.frame(16);
    browser.setVisible(false);
    assert.equal(browser.frames, 0);
    overlay.show(item({ id: "stale" }));
    browser.time += 3_000;
    overlay.show(item({ id: "fresh" }));
    assert.equal(browser.frames, 0);
    browser.time += 2_000;
    browser.setVisible(true);
    browser.frame(16);
    assert.deepEqual(
      overlay.boxes().map((box) => box.item.id),
      ["on", "fresh"],
    );
    assert.equal(overlay.counts.dropped.late, 1);
  });

  it("[OV-15] draws the pause once and rests; a resize meanwhile is drawn too", () => {
    const { overlay, browser, screen } = world();
    overlay.show(item());
    browser.frame(16);
    overlay.pause();
    browser.frame(16);
    assert.equal(browser.frames, 0);
    browser.resize(400, 320);
    browser.frame(16);
    assert.deepEqual([screen.width, browser.frames], [400, 0]);
    overlay.resume();
    browser.frame(16);
    assert.equal(browser.frames, 1);
  });

  it("[OV-16] a pause keeps the picture as it is", () => {
    const { overlay, browser } = world();
    overlay.show(item());
    browser.frame(16);
    browser.frame(1_000);
    const before = overlay.boxes();
    overlay.pause();
    browser.frame(60_000);
    assert.deepEqual(overlay.boxes(), before);
  });

  it("[OV-17] a frame asks nothing of the browser and measures no text twice", () => {
    const { overlay, browser } = world();
    for (let each = 0; each < 10; each += 1) overlay.show(item({ text: "同一句话" }));
    browser.frame(16);
    const { reads } = browser;
    for (let frame = 0; frame < 100; frame += 1) browser.frame(16);
    assert.equal(browser.reads, reads);
    assert.equal(browser.canvases.flatMap((canvas) => canvas.named("measureText")).length, 1);
  });

  it('[OV-20] "system" follows the system, also while running; a plain setting does not', () => {
    const { overlay, browser } = world();
    overlay.show(item());
    browser.frame(16);
    browser.setReducedMotion(true);
    assert.equal(overlay.boxes().length, 0);
    overlay.show(item());
    browser.frame(16);
    assert.deepEqual(
      overlay.boxes().map(({ mode }) => mode),
      ["top"],
    );
    overlay.update({ reducedMotion: false });
    overlay.show(item());
    browser.frame(16);
    assert.deepEqual(
      overlay.boxes().map(({ mode }) => mode),
      ["scroll", "top"],
    );
  });

  it("[OV-21] keeps what an update leaves out", () => {
    const { overlay } = world({ settings: { opacity: 0.5, modes: { top: false } } });
    overlay.update({ speed: 2, modes: { bottom: false } });
    const { opacity, speed, modes } = overlay.settings;
    assert.deepEqual(
      [opacity, speed, modes],
      [0.5, 2, { scroll: true, reverse: true, top: false, bottom: false }],
    );
  });

  it("[OV-22] destroy leaves no canvas, watch, frame or bitmap; show refuses; a second one does nothing", () => {
    const { overlay, browser, screen } = world();
    overlay.show(item());
    browser.frame(16);
    overlay.show(item());
    assert.deepEqual([browser.frames, browser.watches], [1, 4]);
    overlay.destroy();
    overlay.destroy();
    assert.deepEqual([browser.frames, browser.watches, screen.isRemoved], [0, 0, true]);
    assert.deepEqual(
      browser.canvases.map(({ width }) => width).filter((width) => width !== 0),
      [300],
    );
    assert.equal(overlay.show(item()), false);
    assert.deepEqual(
      [overlay.counts.dropped.closed, overlay.counts.dropped.cleared, overlay.counts.held],
      [1, 1, 0],
    );
  });

  it("[OV-22] after destroy no call asks for a frame", () => {
    const { overlay, browser } = world();
    overlay.destroy();
    overlay.update({ speed: 2 });
    overlay.pause();
    overlay.resume();
    overlay.clear();
    overlay.remove("x");
    assert.deepEqual([overlay.boxes(), overlay.hitTest(1, 1), browser.frames], [[], undefined, 0]);
  });

  it("[OV-23] slow frames lower the number on the screen, good ones raise it, both counted", () => {
    const { overlay, browser } = world({ settings: { speed: 0.25 } });
    browser.resize(800, 3_200);
    for (let each = 0; each < 100; each += 1) overlay.show(item({ id: String(each), text: "字" }));
    for (let frame = 0; frame < 31; frame += 1) browser.frame(100);
    const { slow, lowered, limit } = overlay.counts.frames;
    assert.deepEqual([slow, lowered, limit !== null], [30, 1, true]);
    for (let frame = 0; frame < 600; frame += 1) browser.frame(16);
    assert.equal(overlay.counts.frames.limit, null);
  });

  it("[OV-24] remove takes a recalled danmaku off the next picture; removeBy a user's, clear all", () => {
    const { overlay, browser, screen } = world();
    for (const id of ["a", "b", "c", "d"]) overlay.show(item({ id }));
    browser.frame(16);
    browser.frame(16);
    assert.equal(overlay.remove("a"), true);
    assert.equal(overlay.remove("a"), false);
    assert.equal(
      overlay.removeBy(({ id }) => id === "b" || id === "c"),
      2,
    );
    const before = drawn(screen);
    browser.frame(16);
    assert.equal(drawn(screen) - before, 1);
    overlay.clear();
    browser.frame(16);
    assert.deepEqual([overlay.boxes().length, browser.frames], [0, 0]);
  });

  it("[OV-24] hitTest answers the uppermost one under the point, by the box's half-open edges", () => {
    const { overlay, browser } = world();
    browser.resize(800, 32);
    overlay.show(item({ id: "still", mode: "top" }), PRIORITY.host);
    overlay.show(item({ id: "moving" }));
    browser.frame(16);
    // Crossing takes 8 s; at half of it both are centred.
    browser.frame(4_000);
    const { x, y, width, height } = overlay.boxes()[0]!;
    assert.equal(overlay.hitTest(x + width / 2, y)?.id, "still");
    assert.equal(overlay.remove("still"), true);
    const hits = [
      [x, y],
      [x - 0.1, y],
      [x + width, y],
      [x, y + height - 0.1],
      [x, y + height],
    ] as const;
    assert.deepEqual(
      hits.map((at) => overlay.hitTest(...at)?.id),
      ["moving", undefined, undefined, "moving", undefined],
    );
  });

  it("[OV-8] the account is that of all that was offered", () => {
    const { overlay, browser } = world({ pendingLimit: 5 });
    const offers: OverlayItem[] = Array.from({ length: 30 }, (_, index) => item({ id: String(index % 25) }));
    for (const offer of offers) overlay.show(offer);
    browser.frame(16);
    const { offered, shown, dropped, pending } = overlay.counts;
    assert.deepEqual([offered, shown, pending], [30, 5, 0]);
    assert.equal(dropped.full + dropped.duplicate, 25);
  });
});
