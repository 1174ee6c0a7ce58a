import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePublish, PTS_MAX_MS, SIZE_MAX, SIZE_MIN } from "../../src/index.ts";

const publish = (fields: Record<string, unknown> = {}) => parsePublish({ content: "hi", ...fields }, 100);
function refusesField(field: string, values: readonly unknown[]): void {
  for (const value of values) {
    assert.throws(
      () => publish({ [field]: value }),
      (error: { code: string; fields: { field: string } }) => {
        assert.equal(error.code, "BARRAGE_BAD_FIELD");
        assert.equal(error.fields.field, field);
        return true;
      },
      `${field}: ${JSON.stringify(value)}`,
    );
  }
}

describe("parsePublish", () => {
  it("[PR-6] fills in what is absent", () => {
    assert.deepEqual(publish(), { content: "hi", mode: "scroll", color: 0xffffff, size: 25 });
  });

  it("[PR-6] takes every field", () => {
    const full = { content: "hi", mode: "reverse", color: 255, size: 36, pts_ms: 1.5, client_msg_id: "a-1" };

    assert.deepEqual(parsePublish(full, 100), full);
    for (const mode of ["scroll", "top", "bottom", "reverse"]) assert.equal(publish({ mode }).mode, mode);
  });

  it("[PR-6] refuses what is no publish", () => {
    for (const input of [null, undefined, [], "x", 1, {}, { content: 1 }, { content: null }]) {
      assert.throws(() => parsePublish(input, 100), { code: "BARRAGE_BAD_FIELD" });
    }
    refusesField("mode", ["Scroll", "left", 1, null, "", "toString"]);
    assert.throws(() => publish({ colour: 1 }), { code: "BARRAGE_BAD_FIELD" });
    assert.throws(() => parsePublish(JSON.parse(`{"content":"hi","__proto__":{}}`), 100), {
      code: "BARRAGE_BAD_FIELD",
    });
  });

  it("[PR-7] takes colours from 0 to 16777215 and #rrggbb", () => {
    assert.equal(publish({ color: 0 }).color, 0);
    assert.equal(publish({ color: 0xffffff }).color, 0xffffff);
    assert.equal(publish({ color: "#00fF0a" }).color, 0x00ff0a);
    refusesField("color", [
      -1,
      0x1000000,
      1.5,
      Number.NaN,
      "#fff",
      "#1234567",
      "#12345g",
      "red",
      "#123456\n",
      null,
      true,
    ]);
  });

  it("[PR-7] takes sizes from 12 to 64", () => {
    for (const size of [SIZE_MIN, SIZE_MIN + 1, SIZE_MAX - 1, SIZE_MAX])
      assert.equal(publish({ size }).size, size);
    assert.deepEqual([SIZE_MIN, SIZE_MAX], [12, 64]);
    refusesField("size", [11, 65, 25.5, "25", null, Number.POSITIVE_INFINITY]);
  });

  it("[PR-7] takes a place in the video up to a hundred days", () => {
    for (const pts_ms of [0, 0.5, PTS_MAX_MS - 1, PTS_MAX_MS])
      assert.equal(publish({ pts_ms }).pts_ms, pts_ms);
    refusesField("pts_ms", [-0.001, PTS_MAX_MS + 1, Number.NaN, "1", null]);
  });

  it("[PR-8] takes ids of 1 to 64 printable characters", () => {
    for (const id of ["!", "~", "x".repeat(63), "x".repeat(64)])
      assert.equal(publish({ client_msg_id: id }).client_msg_id, id);
    refusesField("client_msg_id", ["", "x".repeat(65), "a b", "a\n", "名", "\u007f", 1, null]);
  });

  it("[PR-9] repeats nothing that was sent", () => {
    const sent = "<script>secret</script>";
    for (const fields of [{ mode: sent }, { color: sent }, { [sent]: 1 }, { client_msg_id: `${sent} x` }]) {
      assert.throws(
        () => publish(fields),
        (error: Error) => !error.message.includes("secret"),
      );
    }
  });
});
