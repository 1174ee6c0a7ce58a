import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  createOverlay,
  DEFAULT_SETTINGS,
  OVERLAY_ERRORS,
  OverlayError,
  type OverlayOptions,
} from "@barrage/overlay";
import { changeSettings } from "../src/settings.ts";
import { FakeCanvas } from "./fake-canvas.ts";
import { FakeEnvironment } from "./fake-environment.ts";

const refusal = { code: "BARRAGE_OVERLAY_SETTING" };
const change = (fields: object): unknown => changeSettings(DEFAULT_SETTINGS, fields);

describe("settings", () => {
  it("[OV-21] takes both ends of each range and nothing beyond", () => {
    const ranges = { opacity: [0, 1], scale: [0.5, 3], speed: [0.25, 4], area: [0.1, 1] } as const;
    for (const [name, [min, max]] of Object.entries(ranges)) {
      for (const value of [min, max]) assert.doesNotThrow(() => change({ [name]: value }));
      for (const value of [min - 0.01, max + 0.01, Number.NaN, "1"])
        assert.throws(() => change({ [name]: value }), refusal);
    }
  });

  it("[OV-21] takes a density of null and of whole numbers from 0", () => {
    for (const density of [null, 0, 1]) assert.doesNotThrow(() => change({ density }));
    for (const density of [-1, 0.5, "9"]) assert.throws(() => change({ density }), refusal);
  });

  it("[OV-21] refuses unknown names and modes, and answers of the wrong kind", () => {
    const wrong = [
      { colour: 1 },
      { modes: { spin: true } },
      { modes: { top: 1 } },
      { enabled: 1 },
      { reducedMotion: "no" },
    ];
    for (const fields of wrong) assert.throws(() => change(fields), refusal);
  });

  it("[OV-21] leaves what is undefined as it is", () => {
    assert.deepEqual(change({ speed: undefined, modes: { top: undefined } }), DEFAULT_SETTINGS);
  });

  it("[OV-21] a refused update changes nothing", () => {
    const overlay = createOverlay({} as HTMLElement, { environment: new FakeEnvironment() });
    assert.throws(() => overlay.update({ opacity: 0.5, speed: 9 }), refusal);
    assert.deepEqual(overlay.settings, DEFAULT_SETTINGS);
  });
});

describe("errors", () => {
  it("[OV-27] every code is in the spec's table, and the table has no other", () => {
    const spec = readFileSync(new URL("../../../docs/spec/overlay.md", import.meta.url), "utf8");
    const rows = [...spec.matchAll(/^\| `(BARRAGE_\w+)`/gm)].map((match) => match[1]);
    assert.deepEqual(new Set(rows), new Set(Object.keys(OVERLAY_ERRORS)));
  });

  it("[OV-27] an option that is no whole number from 1 is refused", () => {
    const build = (options: OverlayOptions): unknown =>
      createOverlay({} as HTMLElement, { ...options, environment: new FakeEnvironment() });
    for (const name of ["pendingLimit", "spriteLimitBytes"]) {
      assert.doesNotThrow(() => build({ [name]: 1 }));
      for (const value of [0, 1.5, Infinity]) {
        assert.throws(() => build({ [name]: value }), {
          code: "BARRAGE_OVERLAY_OPTION",
          name: "OverlayError",
        });
      }
    }
  });

  it("[OV-27] a browser without a 2d canvas is told so, and nothing is left watched", () => {
    class Bare extends FakeEnvironment {
      override createCanvas(): HTMLCanvasElement {
        return Object.assign(new FakeCanvas(), { getContext: () => null }) as unknown as HTMLCanvasElement;
      }
    }
    const environment = new Bare();
    assert.throws(() => createOverlay({} as HTMLElement, { environment }), {
      code: "BARRAGE_OVERLAY_NO_CANVAS",
    });
    assert.equal(environment.watches, 0);
  });

  it("[OV-27] an error carries the brand of Barrage errors, its row and the values", () => {
    const error = new OverlayError("BARRAGE_OVERLAY_SETTING", {
      name: "speed",
      rule: "from 0.25 to 4",
      value: 9,
    });
    assert.equal(error.message, "Overlay setting speed must be from 0.25 to 4; it is 9.");
    assert.equal(Symbol.for("barrage.error") in error, true);
    assert.equal(error.spec.retryable, false);
  });
});
