import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { FakeClock, MemoryLog } from "@barrage/testkit";
import { emptyRoom } from "@barrage/engine";
import type { LogWriter, RoomStates } from "@barrage/engine";
import { RoomWriter } from "../../src/coordinator/room-writer.ts";
import { coded, settings } from "../support/live-engine.ts";

/** A process whose log says for so many tries that somebody else is making the room; who asks for a place gets `isFree`. */
async function opening(busyTries: number, isFree = true) {
  const clock = new FakeClock();
  const scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
  const log = new MemoryLog();
  let tries = 0;
  const append: LogWriter["append"] = (request, ctx) => {
    tries += 1;
    if (tries <= busyTries) return Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));
    return log.append(request, ctx);
  };
  const states: RoomStates = {
    find: () => undefined,
    fresh: () => (log.stats.head > 0 ? emptyRoom("r") : undefined),
    reached: () => Promise.resolve(),
  };
  const { rooms } = settings;
  let asked = 0;
  const take = (): Promise<boolean> => {
    asked += 1;
    return Promise.resolve(isFree);
  };
  const places = { take };
  const writer = new RoomWriter({
    log: { append },
    states,
    places,
    settings: rooms,
    newId: () => "id",
    scope,
  });
  const began = clock.now();
  let opened: unknown;
  const asking = Promise.resolve(writer.require("r", scope.context)).then(
    (state) => (opened = state.id),
    (error: unknown) => (opened = error),
  );
  return {
    began,
    clock,
    asking,
    get opened() {
      return opened;
    },
    get tries() {
      return tries;
    },
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

describe("a room that another process is making", () => {
  it("[CR-42] is there with one of the next tries", async () => {
    await using run = await opening(2);
    await run.clock.advance(29);
    assert.deepEqual([run.opened, run.tries], [undefined, 2]);
    await run.clock.advance(1);
    await run.asking;

    assert.deepEqual([run.opened, run.tries], ["r", 3]);
  });

  it("[CR-42] is waited for two seconds, and no longer", async () => {
    await using run = await opening(Number.POSITIVE_INFINITY);
    await run.clock.advance(1_500);
    assert.equal(run.opened, undefined);
    await run.clock.advance(500);
    await run.asking;

    assert.equal(coded("BARRAGE_LOG_UNAVAILABLE")(run.opened), true);
    assert.equal(run.tries < 20, true, `${run.tries} tries`);
  });

  for (const isFree of [true, false]) {
    it(`[RM-3] is asked a place for once, and ${isFree ? "made" : "not made"} where one is ${isFree ? "free" : "not free"}`, async () => {
      await using run = await opening(1, isFree);
      await run.clock.advance(1_000);
      await run.asking;

      assert.equal(isFree ? run.opened === "r" : coded("BARRAGE_OVERLOADED")(run.opened), true);
      assert.deepEqual([run.asked, run.tries], [1, isFree ? 2 : 0]);
    });
  }
});
