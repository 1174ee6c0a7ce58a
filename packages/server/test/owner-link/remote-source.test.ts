import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom, stateToJson } from "@barrage/engine";
import { rootContext, Scope, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { RemoteRooms } from "../../src/owner-link/remote-rooms.ts";
import { RemoteSource } from "../../src/owner-link/remote-source.ts";

/** A source whose owner answers when it is told to, with the room as of a record. */
function slowSource() {
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const scope = new Scope(ctx, { name: "test" });
  const asked: ((state: unknown) => void)[] = [];
  const link = {
    askPatiently(_name: string, _args: readonly unknown[], _patience: unknown, own: Context) {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      asked.push(resolve);
      return unlessCancelled(promise, own);
    },
  };
  const source = new RemoteSource(link, new RemoteRooms({ send: () => true }, clock), {
    scope,
    publisher: undefined as never,
    smallestWindowMs: 10,
  });
  /** To the oldest question that has no answer yet. */
  const answer = async (seq: number): Promise<void> => {
    await clock.advance(0);
    asked.shift()?.(stateToJson({ ...emptyRoom("r"), head: { seq, n: seq } }));
    await clock.advance(0);
  };
  return { source, ctx, asked, answer, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

describe("the room that a worker's viewer joins", () => {
  it("[RM-12] a question that was asked too early is asked again", async () => {
    await using owner = slowSource();
    const { source, ctx, asked, answer } = owner;
    const early = source.requireRoom("r", 0, ctx);
    const late = source.requireRoom("r", 5, ctx);

    await answer(4);
    assert.equal((await early).head.seq, 4);
    assert.equal(asked.length, 1);
    await answer(5);

    assert.equal((await late).head.seq, 5);
    assert.equal(asked.length, 0);
  });

  it("[RM-12] of an owner that has less than is known here its answer is taken, after two questions", async () => {
    await using owner = slowSource();
    const { source, ctx, asked, answer } = owner;
    const state = source.requireRoom("r", 5, ctx);

    await answer(3);
    await answer(4);

    assert.equal((await state).head.seq, 4);
    assert.equal(asked.length, 0);
  });
});
