import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText } from "@barrage/engine";
import type { Item, SnapshotFrame } from "@barrage/protocol";

const item = (seq: number, content = "弹幕飞过"): Item => ({
  kind: "danmaku",
  id: `d${String(seq)}`,
  seq,
  n: seq,
  at: 1,
  author: { uid: "u", name: "路人", role: "viewer" },
  content,
  mode: "scroll",
  color: 0,
  size: 25,
});

const snapshot = (items: readonly Item[]): SnapshotFrame => ({
  type: "snapshot",
  room: { id: "r", title: "标题", owner: "h", live: true, closed: false, slow_mode_s: 0, head: 0, n: 0 },
  you: null,
  viewers: 3,
  items,
  head: items.at(-1)?.seq ?? 0,
  resumed: false,
  limits: { content_max: 100, heartbeat_ms: 25_000 },
  ts: 1,
});

/** What stands behind the header of a text frame. */
function payloadOf(frame: Uint8Array | undefined): unknown {
  assert.ok(frame);
  const length = frame[1] ?? 0;
  const start = length < 126 ? 2 : length === 126 ? 4 : 10;
  const bytes = Buffer.from(frame);
  const said =
    length < 126 ? length : length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  assert.deepEqual([frame[0], bytes.length - start], [0x81, said]);
  return JSON.parse(bytes.toString("utf8", start));
}

describe("a snapshot as JSON text", () => {
  for (const count of [0, 1, 2, 500]) {
    it(`is the frame that it was made of, with ${count} records`, () => {
      const frame = snapshot(
        Array.from({ length: count }, (_, i) => item(i + 1, `“${"字".repeat(i % 60)}”`)),
      );

      assert.deepEqual(payloadOf(jsonText.encode(frame)), frame);
    });
  }

  it("is made anew for each viewer, though its records are shared", () => {
    const items = [item(1), item(2)];

    const [one, other] = [jsonText.encode(snapshot(items)), jsonText.encode(snapshot([...items, item(3)]))];

    assert.deepEqual(payloadOf(one), snapshot(items));
    assert.deepEqual(payloadOf(other), snapshot([...items, item(3)]));
  });
});
