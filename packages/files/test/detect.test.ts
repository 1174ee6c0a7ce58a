import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectFormat } from "../src/index.ts";

describe("detectFormat", () => {
  it("[FI-20] goes by the first characters", () => {
    assert.equal(detectFormat("a.json", `\ufeff<?xml version="1.0"?><i>`), "bilibili-xml");
    assert.equal(detectFormat("a", "<i><d"), "bilibili-xml");
    assert.equal(detectFormat("a.xml", " \n[{"), "json");
    assert.equal(detectFormat("a.xml", `{"format"`), "json");
    assert.equal(detectFormat("a", "[Script Info]\nTitle"), "ass");
  });

  it("[FI-20] goes by the name only when there is nothing to read", () => {
    assert.equal(detectFormat("A.XML", ""), "bilibili-xml");
    assert.equal(detectFormat("a.json", "  "), "json");
    assert.equal(detectFormat("a.txt", ""), undefined);
    assert.equal(detectFormat("a.xml", "<html>"), undefined);
    assert.equal(detectFormat("constructor", ""), undefined);
    assert.equal(detectFormat("a.constructor", ""), undefined);
  });
});
