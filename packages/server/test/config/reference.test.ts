import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configJsonSchema, configReference, LEAVES } from "@barrage/server";
import type { Leaf } from "@barrage/server";

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly description?: string;
  readonly unit?: string;
}

const nodeOf = (leaf: Leaf): SchemaNode =>
  leaf.path.reduce<SchemaNode>((node, key) => node.properties?.[key] ?? {}, configJsonSchema() as SchemaNode);

describe("the settings", () => {
  it("[OP-2] have a description, an environment name, a flag and a row each", () => {
    const page = configReference();

    for (const leaf of LEAVES) {
      assert.match(leaf.env, /^BARRAGE_[A-Z0-9_]+$/, leaf.name);
      assert.match(leaf.flag, /^[a-z0-9]+([.-][a-z0-9]+)*$/, leaf.name);
      assert.match(leaf.meta.description, /^[A-Z].+\.$/, leaf.name);
      assert.equal(page.split(`| \`${leaf.name}\` |`).length, 2, leaf.name);
      assert.equal(page.includes(`| \`${leaf.env}\` | \`--${leaf.flag}\` |`), true, leaf.name);
    }
    assert.equal(LEAVES.length > 40, true);
  });

  it("[OP-2] have a unit where they are numbers", () => {
    const without = LEAVES.filter(({ kind, meta }) => kind === "number" && meta.unit === undefined);

    assert.deepEqual(without, []);
  });

  it("[OP-2] have names that differ in the environment and as flags", () => {
    assert.equal(new Set(LEAVES.map(({ env }) => env)).size, LEAVES.length);
    assert.equal(new Set(LEAVES.map(({ flag }) => flag)).size, LEAVES.length);
  });

  it("[OP-2] are in the JSON schema with description and unit", () => {
    for (const leaf of LEAVES) {
      assert.equal(nodeOf(leaf).description, leaf.meta.description, leaf.name);
      assert.equal(nodeOf(leaf).unit, leaf.meta.unit, leaf.name);
    }
  });
});
