import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CanvasRenderer, type Look, type Scene } from "@barrage/overlay";
import { FakeCanvas } from "./fake-canvas.ts";
import { item, stageOf } from "./stage-world.ts";
import type { OverlayItem, OverlaySettings } from "@barrage/overlay";

interface World {
  readonly renderer: CanvasRenderer;
  readonly screen: FakeCanvas;
  readonly canvases: readonly FakeCanvas[];
  readonly scene: Scene;
}

/** A renderer and a scene of the given danmaku, 4 s (half of a crossing) after they entered. */
function world(
  items: readonly OverlayItem[],
  options: { limit?: number; settings?: Partial<OverlaySettings> } = {},
): World {
  const canvases: FakeCanvas[] = [];
  const createCanvas = (): HTMLCanvasElement => {
    canvases.push(new FakeCanvas());
    return canvases.at(-1) as unknown as HTMLCanvasElement;
  };
  const renderer = new CanvasRenderer({
    createCanvas,
    family: "Test",
    spriteLimitBytes: options.limit ?? 1e9,
  });
  const stage = stageOf(options.settings === undefined ? {} : { settings: options.settings });
  for (const each of items) stage.offer(each, 0, 0);
  stage.advance(0);
  const t = stage.advance(4_000);
  const scene = { placed: stage.onStage, t, size: stage.size, ratio: 1, opacity: 1 };
  return { renderer, canvases, screen: canvases[0]!, scene };
}

const fontsOf = (canvas: FakeCanvas): unknown[] => canvas.named("font").map(({ args }) => args[0]);
const valuesOf = (canvas: FakeCanvas, name: string): unknown[] =>
  canvas.named(name).map(({ args }) => args[0]);

describe("CanvasRenderer", () => {
  it("[OV-18] paints a look once at the screen's pixel ratio and copies it in every frame", () => {
    const { renderer, canvases, screen, scene } = world([item({ text: "abc" }), item({ text: "abc" })]);
    for (let frame = 0; frame < 3; frame += 1) renderer.draw({ ...scene, ratio: 1.5 });
    assert.equal(canvases.length, 2);
    assert.deepEqual([screen.width, screen.height], [1_500, 192]);
    assert.deepEqual([canvases[1]?.width, canvases[1]?.height], [66, 48]);
    assert.deepEqual(fontsOf(canvases[1]!), ["bold 25px Test"]);
    assert.equal(screen.named("drawImage").length, 6);
  });

  it("[OV-18] draws at 2 device px at most, and paints anew when the ratio changes", () => {
    const { renderer, canvases, screen, scene } = world([item()]);
    renderer.draw({ ...scene, ratio: 2 });
    renderer.draw({ ...scene, ratio: 3 });
    assert.deepEqual([screen.width, canvases.length], [2_000, 2]);
    renderer.draw({ ...scene, ratio: 1 });
    assert.deepEqual([screen.width, canvases.length, canvases[1]?.width], [1_000, 3, 0]);
  });

  it("[OV-18] paints directly what does not fit beside the bitmaps of the same frame", () => {
    const spriteBytes = 44 * 32 * 4;
    for (const [limit, direct] of [
      [2 * spriteBytes - 1, 1],
      [2 * spriteBytes, 0],
      [2 * spriteBytes + 1, 0],
    ] as const) {
      const { renderer, screen, scene } = world([item({ text: "abc" }), item({ text: "xyz" })], { limit });
      renderer.draw(scene);
      renderer.draw(scene);
      assert.equal(screen.named("fillText").length, 2 * direct);
      assert.equal(renderer.sprites.bytes <= limit, true);
    }
  });

  it("[OV-18] keeps a very long text's bitmap within what browsers allow", () => {
    const { renderer, canvases, scene } = world([item({ text: "x".repeat(300), size: 64 })], {
      settings: { scale: 3 },
    });
    const look: Look = { ...scene.placed[0]!.look, width: 20_000 };
    renderer.draw({ ...scene, ratio: 2, placed: [{ ...scene.placed[0]!, look }] });
    assert.equal(canvases[1]?.width, 8_192);
  });

  it("[OV-19] paints markup as characters, line breaks as spaces, and the count of a merged one", () => {
    const { renderer, canvases, scene } = world([
      item({ text: "<img onerror=x>\n&amp;\u0000!", count: 128 }),
    ]);
    renderer.draw(scene);
    assert.deepEqual(valuesOf(canvases[1]!, "fillText"), ["<img onerror=x> &amp; ! ×128"]);
  });

  it("[OV-19] shows no count of one", () => {
    const { renderer, canvases, scene } = world([
      item({ text: "a", count: 1 }),
      item({ text: "b", count: 2 }),
    ]);
    renderer.draw(scene);
    assert.deepEqual(
      [1, 2].map((index) => valuesOf(canvases[index]!, "fillText")[0]),
      ["a", "b ×2"],
    );
  });

  it("[OV-25] gives light colours a dark rim, dark ones a light rim, and writes six digits", () => {
    const { renderer, canvases, scene } = world([
      item({ text: "a", color: 0xffffff }),
      item({ text: "b", color: 0x0000ff }),
    ]);
    renderer.draw(scene);
    assert.deepEqual(valuesOf(canvases[1]!, "strokeStyle"), ["rgba(0,0,0,0.75)"]);
    assert.deepEqual(valuesOf(canvases[2]!, "strokeStyle"), ["rgba(255,255,255,0.85)"]);
    assert.deepEqual(valuesOf(canvases[2]!, "fillStyle"), ["#0000ff"]);
  });

  it("[OV-25] draws a box around own danmaku only", () => {
    const { renderer, canvases, scene } = world([item({ text: "abc", own: true }), item({ text: "abc" })]);
    renderer.draw(scene);
    assert.deepEqual(
      canvases[1]?.named("strokeRect").map(({ args }) => args),
      [[1, 1, 42, 30]],
    );
    assert.equal(canvases[2]?.named("strokeRect").length, 0);
  });

  it("[OV-20] fades a still danmaku in and out, and multiplies the viewer's opacity", () => {
    const { renderer, screen, scene } = world([item()], { settings: { reducedMotion: true } });
    for (const t of [0, 150, 300, 4_700, 4_850]) renderer.draw({ ...scene, t, opacity: 0.5 });
    assert.deepEqual(valuesOf(screen, "globalAlpha"), [0, 0.25, 0.5, 0.5, 0.25]);
  });

  it("[OV-28] paints still ones above moving ones", () => {
    const { renderer, screen, canvases, scene } = world([
      item({ text: "still", mode: "top" }),
      item({ text: "moves" }),
    ]);
    renderer.draw(scene);
    const painted = screen.named("drawImage").map(({ args }) => args[0] as FakeCanvas);
    assert.deepEqual(
      painted.map((canvas) => valuesOf(canvas, "fillText")[0]),
      ["moves", "still"],
    );
    assert.equal(canvases.length, 3);
  });

  it("[OV-17] leaves out what is outside the stage or has not entered", () => {
    const { renderer, screen, scene } = world([item()]);
    for (const t of [-1, 0, 1, 7_999, 8_000]) renderer.draw({ ...scene, t });
    assert.equal(screen.named("drawImage").length, 2);
  });
});
