import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileDanmaku } from "@barrage/files";
import { planReplay } from "../../src/replay/plan.ts";

const row = (content: string, pts_ms?: number, sender?: string): FileDanmaku => ({
  kind: "danmaku",
  content,
  mode: "scroll",
  color: 0xffffff,
  size: 25,
  ...(pts_ms === undefined ? {} : { pts_ms }),
  ...(sender === undefined ? {} : { sender }),
});

const texts = (rows: readonly FileDanmaku[], speed: number): readonly [string, number][] =>
  planReplay(rows, speed, "run").sends.map(({ body, dueMs }) => [body.content, dueMs]);

describe("planReplay", () => {
  it("[CL-20] sends at the file's times divided by the speed", () => {
    assert.deepEqual(texts([row("b", 2_000), row("a", 1_000)], 4), [
      ["a", 250],
      ["b", 500],
    ]);
  });

  it("[CL-20] keeps the file's order at one time, and takes no time for the start", () => {
    assert.deepEqual(texts([row("a", 5), row("b"), row("c", 5), row("d", 0)], 1), [
      ["b", 0],
      ["d", 0],
      ["a", 5],
      ["c", 5],
    ]);
  });

  it("[CL-20] is due at once when the speed has no limit", () => {
    assert.deepEqual(texts([row("a", 90_000)], Infinity), [["a", 0]]);
  });

  it("[CL-21] gives each danmaku its own key, the same in every plan of a run", () => {
    const rows = [row("b", 2), row("a", 1), row("c", 3)];
    const keys = planReplay(rows, 1, "run").sends.map(({ body }) => body.client_msg_id);

    assert.deepEqual(keys, ["run-1", "run-0", "run-2"]);
    assert.deepEqual(
      planReplay(rows, 9, "run").sends.map(({ body }) => body.client_msg_id),
      keys,
    );
  });

  it("[CL-22] makes a user of any sender: its own name where that is one, a hash of it where not, and one for none", () => {
    const authors = planReplay(
      [row("a", 0, "7ffa2b"), row("b", 1, "夜航 😀"), row("c", 2)],
      1,
      "run",
    ).sends.map(({ author }) => author);

    assert.deepEqual(authors[0], { uid: "7ffa2b", name: "7ffa2b" });
    assert.match(authors[1]?.uid ?? "", /^file-[0-9a-f]+$/);
    assert.equal(authors[1]?.name, "夜航 😀");
    assert.deepEqual(authors[2], { uid: "unknown", name: "unknown" });
  });

  it("[CL-22] counts what was put right", () => {
    const { adjusted, sends } = planReplay([row("a\u0008b"), row("c\nd")], 1, "run");

    assert.deepEqual(adjusted, { "control characters were removed": 1, "line breaks became spaces": 1 });
    assert.deepEqual(
      sends.map(({ body }) => body.content),
      ["ab", "c d"],
    );
  });
});
