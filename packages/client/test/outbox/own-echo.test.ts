import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OwnEcho } from "../../src/outbox/own-echo.ts";
import { randomMessageId } from "../../src/outbox/message-id.ts";

describe("OwnEcho", () => {
  it("[SE-24] admits an id once", () => {
    const echo = new OwnEcho();
    assert.equal(echo.admit("a"), true);
    assert.equal(echo.admit("a"), false);
  });

  it("[SE-31] remembers 512 ids", () => {
    const echo = new OwnEcho();
    for (let i = 0; i < 512; i++) echo.admit(`id${i}`);
    assert.equal(echo.admit("id0"), false);

    echo.admit("one more");
    assert.equal(echo.admit("id1"), false);
    assert.equal(echo.admit("id0"), true);
  });

  it("[SE-20] makes ids that a server takes and that differ", () => {
    const ids = new Set(Array.from({ length: 100 }, randomMessageId));
    assert.equal(ids.size, 100);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  });
});
