import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { browserEnvironment, type OverlayEnvironment } from "@barrage/overlay";

/** A media query list that can be made to change. */
class Query extends EventTarget {
  readonly media: string;
  listeners = 0;
  matches = false;

  constructor(media: string) {
    super();
    this.media = media;
  }

  override addEventListener(type: string, listener: EventListener): void {
    this.listeners += 1;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.listeners -= 1;
    super.removeEventListener(type, listener);
  }
}

interface World {
  readonly environment: OverlayEnvironment;
  readonly window: { devicePixelRatio: number };
  readonly queries: Query[];
}

function world(): World {
  const queries: Query[] = [];
  const matchMedia = (media: string): Query => {
    queries.push(new Query(media));
    return queries.at(-1)!;
  };
  const window = { devicePixelRatio: 1, matchMedia };
  const container = { ownerDocument: { defaultView: window } } as unknown as HTMLElement;
  return { environment: browserEnvironment(container), window, queries };
}

describe("browserEnvironment", () => {
  it("[OV-17] tells every change of the pixel ratio, also the second, and nothing after the end", () => {
    const { environment, window, queries } = world();
    let reports = 0;
    const unwatch = environment.watchPixelRatio(() => (reports += 1));
    for (const ratio of [2, 1.5]) {
      window.devicePixelRatio = ratio;
      queries.at(-1)?.dispatchEvent(new Event("change"));
    }
    assert.deepEqual([reports, queries.at(-1)?.media], [2, "(resolution: 1.5dppx)"]);
    unwatch();
    queries.at(-1)?.dispatchEvent(new Event("change"));
    assert.equal(reports, 2);
    assert.equal(
      queries.every(({ listeners }) => listeners === 0),
      true,
    );
  });

  it("[OV-20] tells the system's wish for reduced motion and its change", () => {
    const { environment, queries } = world();
    const query = queries[0]!;
    const reports: boolean[] = [];
    const unwatch = environment.watchReducedMotion(() => reports.push(environment.prefersReducedMotion()));
    query.matches = true;
    query.dispatchEvent(new Event("change"));
    unwatch();
    query.dispatchEvent(new Event("change"));
    assert.deepEqual(
      [reports, query.media, query.listeners],
      [[true], "(prefers-reduced-motion: reduce)", 0],
    );
  });
});
