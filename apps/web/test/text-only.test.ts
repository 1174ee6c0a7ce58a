import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const WEB = join(import.meta.dirname, "..");
const sources = globSync(["src/**/*.{ts,tsx}", "*.html"], { cwd: WEB });

describe("text is text", () => {
  it("[WB-9] has no way to make markup or code of a string", () => {
    const ways =
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|createContextualFragment|DOMParser|\beval\(|new Function/;
    const found = sources.filter((file) => ways.test(readFileSync(join(WEB, file), "utf8")));

    assert.ok(sources.length > 30);
    assert.deepEqual(found, []);
  });

  it("[WB-9] has no inline script, style or handler in its pages, and nothing from elsewhere", () => {
    for (const file of sources.filter((name) => name.endsWith(".html"))) {
      const html = readFileSync(join(WEB, file), "utf8");
      assert.doesNotMatch(html, /<style|style=|\son\w+=|<script(?![^>]*src=)|https?:/);
    }
  });
});
