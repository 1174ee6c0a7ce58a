import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LAYERS } from "../../scripts/layers.ts";
import { packageOf, sourcesOf, specifiersOf, workspaces } from "./tree.ts";

const isRelative = (specifier: string): boolean => specifier.startsWith(".");

/** Every import of every workspace's src, with the workspace it stands in. */
const imports = workspaces().flatMap((workspace) =>
  sourcesOf(workspace.folder).flatMap((path) =>
    specifiersOf(path).map((specifier) => ({ workspace, path, specifier })),
  ),
);

describe("layers", () => {
  it("[AR-1] every workspace has a row in scripts/layers.ts, and every row a workspace", () => {
    const found = workspaces().map(({ name, folder }) => `${name} ${folder}`);
    const listed = Object.entries(LAYERS).map(([name, { folder }]) => `${name} ${folder}`);

    assert.deepEqual(found.toSorted(), listed.toSorted());
  });

  it("[AR-1] a manifest depends only on workspaces of a lower layer", () => {
    const wrong = workspaces().flatMap(({ name, layer, manifest }) =>
      Object.keys(manifest.dependencies ?? {})
        .filter((dependency) => (LAYERS[dependency]?.layer ?? -1) >= layer)
        .map((dependency) => `${name} -> ${dependency}`),
    );

    assert.deepEqual(wrong, []);
  });

  it("[AR-2] a source file imports only workspaces of a lower layer", () => {
    const wrong = imports
      .filter(({ workspace, specifier }) => (LAYERS[packageOf(specifier)]?.layer ?? -1) >= workspace.layer)
      .map(({ path, specifier }) => `${path} -> ${specifier}`);

    assert.deepEqual(wrong, []);
  });

  it("[AR-3] a source file imports only what its own manifest lists", () => {
    const wrong = imports
      .filter(({ specifier }) => !isRelative(specifier) && !specifier.startsWith("node:"))
      .filter(
        ({ workspace, specifier }) => workspace.manifest.dependencies?.[packageOf(specifier)] === undefined,
      )
      .map(({ path, specifier }) => `${path} -> ${specifier}`);

    assert.deepEqual(wrong, []);
  });

  it("[AR-4] layer 0 imports nothing, not even node:", () => {
    const wrong = imports
      .filter(({ workspace, specifier }) => workspace.layer === 0 && !isRelative(specifier))
      .map(({ path, specifier }) => `${path} -> ${specifier}`);

    assert.deepEqual(wrong, []);
  });

  it("[AR-5] no source file outside testkit imports testkit, and no manifest depends on it", () => {
    const inSource = imports
      .filter(({ specifier }) => packageOf(specifier) === "@barrage/testkit")
      .map(({ path }) => path);
    const inManifest = workspaces()
      .filter(({ manifest }) => manifest.dependencies?.["@barrage/testkit"] !== undefined)
      .map(({ name }) => name);

    assert.deepEqual([...inSource, ...inManifest], []);
  });

  it("finds the imports it judges", () => {
    assert.ok(imports.some(({ specifier }) => specifier === "@barrage/kernel"));
    assert.ok(imports.some(({ specifier }) => isRelative(specifier)));
  });
});
