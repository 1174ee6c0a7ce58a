import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  BINARY_FORMS,
  type ClientFrame,
  decodeBinaryClientFrame,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  type ServerFrame,
} from "../../src/index.ts";

const PAGE = readFileSync(new URL("../../../../docs/spec/protocol.md", import.meta.url), "utf8");

const vectors = [...PAGE.matchAll(/^\| (server|client) +\| `(.+?)` +\| `([0-9a-f ]+)` +\|$/gm)].map(
  ([, who, json, hex]) => ({
    who,
    json: String(json),
    bytes: Buffer.from(String(hex).replaceAll(" ", ""), "hex"),
  }),
);

describe("the protocol's page", () => {
  it("[PR-35] gives bytes that are what is written and what is read", () => {
    assert.ok(vectors.length >= 8, `${vectors.length} vectors`);
    for (const { who, json, bytes } of vectors) {
      if (who === "server") {
        const frame = JSON.parse(json) as ServerFrame;
        assert.deepEqual(Buffer.from(encodeServerFrame(frame)), bytes, json);
        assert.deepEqual(decodeServerFrame(bytes), frame);
      } else {
        assert.deepEqual(Buffer.from(encodeClientFrame(JSON.parse(json) as ClientFrame)), bytes, json);
        assert.deepEqual(decodeBinaryClientFrame(bytes, 100), decodeClientFrame(json, 100));
      }
    }
  });

  it("[PR-35] has the tags and bits that are written", () => {
    for (const form of ["frame", "item", "event"]) {
      const tags = BINARY_FORMS.filter(({ name }) => name.includes(`${form}: `)).map(
        ({ name, tag }) => `${name.split(":")[0]} ${tag}`,
      );
      assert.equal(new Set(tags).size, tags.length, `each tag of a ${form} once`);
    }
    const batch = BINARY_FORMS.find(({ name }) => name === "server frame: batch");
    assert.equal(batch?.tag, 2);
    assert.deepEqual(
      batch.fields.find(({ name }) => name === "shed"),
      { name: "shed", form: "withheld", bit: 0 },
    );
  });
});
