import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeGoimAuth } from "../../src/index.ts";

const auth = (value: unknown) => decodeGoimAuth(new TextEncoder().encode(JSON.stringify(value)));

describe("decodeGoimAuth", () => {
  it("[PR-41] reads what published clients send", () => {
    assert.deepEqual(
      auth({ uid: 0, roomid: 1024, protover: 3, platform: "web", type: 2, key: "t", buvid: "b" }),
      {
        room: "1024",
        protover: 3,
        token: "t",
      },
    );
    assert.deepEqual(auth({ roomid: "demo", key: "" }), { room: "demo", protover: 1 });
  });

  it("[PR-41] refuses what is none", () => {
    for (const text of ["", "{", "\u0000"]) {
      assert.throws(() => decodeGoimAuth(new TextEncoder().encode(text)), { code: "BARRAGE_BAD_FRAME" });
    }
    assert.throws(() => decodeGoimAuth(Uint8Array.of(0xff)), { code: "BARRAGE_BAD_FRAME" });
    for (const value of [
      null,
      [],
      {},
      { roomid: -1 },
      { roomid: 1.5 },
      { roomid: "a b" },
      { roomid: {} },
      { roomid: 1, protover: 4 },
      { roomid: 1, protover: "2" },
    ]) {
      assert.throws(() => auth(value), { code: "BARRAGE_BAD_FRAME" }, JSON.stringify(value));
    }
  });
});
