import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawScene, FILM_MS } from "../src/film/scene.ts";

/** A 2d context that writes down what it is told. */
function recorder(): { calls: string[]; context: CanvasRenderingContext2D } {
  const calls: string[] = [];
  const gradient = { addColorStop: (at: number, color: string) => calls.push(`stop ${at} ${color}`) };
  const context = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...values: unknown[]) => {
          calls.push(`${String(name)} ${values.join(" ")}`);
          return gradient;
        },
      set: (_, name, value) => calls.push(`${String(name)}=${String(value)}`) > 0,
    },
  );
  return { calls, context: context as CanvasRenderingContext2D };
}

const frame = (ms: number): string => {
  const { calls, context } = recorder();
  drawScene(context, 640, 360, ms);
  return calls.join("\n");
};

describe("film", () => {
  it("[WB-10] shows the same picture at the same time, comes round, and moves between", () => {
    assert.equal(frame(31_000), frame(31_000));
    assert.equal(frame(31_000), frame(31_000 + FILM_MS));
    assert.notEqual(frame(31_000), frame(32_000));
  });
});
