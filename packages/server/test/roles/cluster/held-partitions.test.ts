import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { protocolError } from "@barrage/protocol";
import type { HeldBy } from "../../../src/roles/cluster/held-partitions.ts";
import { HeldPartitions } from "../../../src/roles/cluster/held-partitions.ts";

const away = new Error("PostgreSQL does not answer");

/** A partition's router as far as it is looked at. */
class Router {
  heldBy: HeldBy | undefined = undefined;
}

describe("partitions that stand still", () => {
  it("[PT-18] are told of with why, for as long as they do", () => {
    const held = new HeldPartitions();
    const [three, five] = [new Router(), new Router()];
    held.watch(3, three);
    held.watch(5, five);
    assert.deepEqual([held.count, held.reason], [0, undefined]);

    five.heldBy = { rooms: 1, error: away };
    assert.equal(held.count, 1);
    assert.equal(
      held.reason,
      "partition 5 of the log stands still: a room cannot be learned of (PostgreSQL does not answer)",
    );
    three.heldBy = { rooms: 2, error: away };
    assert.equal(held.count, 2);
    assert.match(held.reason ?? "", /^partition 3, and 1 more of the log stands still: 2 rooms /);

    three.heldBy = { rooms: 1, error: protocolError("BARRAGE_UNAVAILABLE", {}, new Error("Redis is away")) };
    assert.match(held.reason ?? "", /\(Redis is away\)$/);

    three.heldBy = undefined;
    five.heldBy = undefined;
    assert.deepEqual([held.count, held.reason], [0, undefined]);
  });

  it("[PT-18] are nobody's affair here once they are somebody else's", () => {
    const held = new HeldPartitions();
    const before = new Router();
    const again = new Router();
    before.heldBy = { rooms: 1, error: away };
    const watched = held.watch(3, before);
    held.watch(3, again);

    watched[Symbol.dispose]();
    again.heldBy = { rooms: 1, error: away };

    assert.equal(held.count, 1);
  });
});
