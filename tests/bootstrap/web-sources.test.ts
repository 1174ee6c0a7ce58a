import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { markWebFresh, WEB_DIST, webIsFresh, webSourceDigest } from "../../scripts/bootstrap/web-sources.mjs";

/** A tree with one source of each kind, bundled. */
class Tree implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), "barrage-web-"));

  constructor() {
    for (const path of [
      "package-lock.json",
      "apps/web/index.html",
      "apps/web/src/main.ts",
      "packages/client/src/a/b.ts",
    ]) {
      this.write(path, "one");
    }
    mkdirSync(join(this.root, WEB_DIST));
    markWebFresh(join(this.root, WEB_DIST), webSourceDigest(this.root));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

describe("the page's freshness", () => {
  it("[BT-8] is fresh after a bundle, and stale without one", () => {
    using tree = new Tree();
    assert.equal(webIsFresh(tree.root), true);

    rmSync(join(tree.root, WEB_DIST), { recursive: true });
    assert.equal(webIsFresh(tree.root), false);
  });

  for (const path of [
    "package-lock.json",
    "apps/web/index.html",
    "apps/web/src/main.ts",
    "packages/client/src/a/b.ts",
  ]) {
    it(`[BT-8] is stale when ${path} changes`, () => {
      using tree = new Tree();

      tree.write(path, "two");

      assert.equal(webIsFresh(tree.root), false);
    });
  }

  it("[BT-8] is stale when a source is added, and fresh whatever else changes", () => {
    using tree = new Tree();

    tree.write("packages/server/src/x.ts", "x");
    assert.equal(webIsFresh(tree.root), true);

    tree.write("apps/web/src/new.ts", "x");
    assert.equal(webIsFresh(tree.root), false);
  });
});
