import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RoomState } from "@barrage/engine";
import type { Rooms } from "../../src/room/rooms.ts";
import { caller, coded, said, user } from "../support/live-engine.ts";
import { ingestProcess, laterStates } from "../support/ingest-process.ts";

const HOST = user("h", "host");
const room = { id: "r" };

function roomNow(rooms: Rooms): RoomState {
  const state = rooms.get("r");
  assert.ok(state !== undefined);
  return state;
}

describe("rooms whose states other processes keep", () => {
  it("[RM-13] a publish goes by a state that is a little old, a command by the room as it is", async () => {
    const old = new Map<string, RoomState>();
    await using process = ingestProcess(({ states }) => ({
      states: { ...laterStates(states), find: async (id) => old.get(id) },
    }));
    const { half, ctx, rooms } = process;
    const { commands, publisher } = half;
    await commands.create(HOST, room, ctx);
    await commands.setTitle(HOST, "r", "as it was", ctx);
    old.set("r", roomNow(rooms));

    await commands.close(HOST, "r", ctx);

    const { id } = await publisher.danmaku(caller("u"), "r", said("late"), ctx);
    assert.equal(typeof id, "string");
    await assert.rejects(commands.setTitle(HOST, "r", "too late", ctx), coded("BARRAGE_ROOM_CLOSED"));
    await assert.rejects(commands.create(HOST, room, ctx), coded("BARRAGE_ROOM_EXISTS"));
  });

  it("[RM-13] a command is answered once its record is part of the room's state there", async () => {
    const waits: [string, number][] = [];
    const gate = Promise.withResolvers<void>();
    let isHeld = false;
    await using process = ingestProcess(({ states }) => ({
      states: {
        ...laterStates(states),
        reached: async (id, seq, ctx) => {
          waits.push([id, seq]);
          if (isHeld) await gate.promise;
          await states.reached(id, seq, ctx);
        },
      },
    }));
    const { half, ctx, log } = process;
    await half.commands.create(HOST, room, ctx);
    isHeld = true;
    let isAnswered = false;

    const answered = half.commands.setTitle(HOST, "r", "new", ctx).then(() => (isAnswered = true));
    await process.clock.advance(0);

    assert.deepEqual(waits[1], ["r", log.stats.head]);
    assert.equal(isAnswered, false);
    gate.resolve();
    assert.equal(await answered, true);
  });

  it("[RM-2] the same room made by two processes at once is the first one's", async () => {
    await using process = ingestProcess(({ states }) => ({
      states: { ...laterStates(states), find: async () => undefined },
    }));
    const { commands } = process.half;
    const made = await Promise.allSettled([
      commands.create(HOST, room, process.ctx),
      commands.create(user("other", "host"), room, process.ctx),
    ]);

    assert.deepEqual(
      made.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.equal(process.rooms.get("r")?.owner, "h");
  });

  it("[RM-4] signs of life go to whoever looks after them, and nothing is appended here", async () => {
    await using process = ingestProcess(({ states }) => ({ states: laterStates(states) }));
    const { half, ctx, log } = process;
    await half.commands.create(HOST, room, ctx);
    const { head } = log.stats;

    await half.commands.heartbeat(HOST, "r", ctx);
    await half.commands.end(HOST, "r", ctx);
    assert.equal(log.stats.head, head);
    await half.commands.close(HOST, "r", ctx);

    assert.deepEqual(half.heartbeats.sent, ["beat r h", "end r h", "forget r"]);
    await assert.rejects(half.commands.heartbeat(HOST, "r", ctx), coded("BARRAGE_ROOM_CLOSED"));
  });

  it("[RM-12] who joins is given the room with the records read for it; a thousand ask twice together", async () => {
    let asked = 0;
    const stale = new Map<string, RoomState>();
    await using process = ingestProcess(({ states }) => ({
      states: {
        ...laterStates(states),
        find: async (id, ctx) => stale.get(id) ?? (await states.find(id, ctx)),
        fresh: async (id, ctx) => {
          asked += 1;
          // Asked before the turn, answered after it: what comes between is not in it.
          const state = await states.fresh(id, ctx);
          await Promise.resolve();
          return state;
        },
      },
    }));
    const { half, ctx, rooms, log } = process;
    await half.commands.create(HOST, room, ctx);
    stale.set("r", roomNow(rooms));
    await half.commands.setTitle(HOST, "r", "new", ctx);
    const { head } = log.stats;
    asked = 0;

    assert.equal((await half.requireRoom("r", 0, ctx)).title, "r");
    assert.equal(asked, 0);
    const states = await Promise.all(
      Array.from({ length: 1_000 }, async () => half.requireRoom("r", head, ctx)),
    );

    assert.deepEqual([...new Set(states.map(({ title }) => title))], ["new"]);
    assert.equal(asked <= 2, true, `${asked} questions`);
  });

  it("[RM-12] a question that was asked too early is asked again", async () => {
    const answers: PromiseWithResolvers<RoomState | undefined>[] = [];
    const stale = new Map<string, RoomState>();
    await using process = ingestProcess(({ states }) => ({
      states: {
        ...laterStates(states),
        find: async (id, ctx) => stale.get(id) ?? (await states.find(id, ctx)),
        fresh: (id, ctx) => {
          if (stale.size === 0) return states.fresh(id, ctx);
          const answer = Promise.withResolvers<RoomState | undefined>();
          answers.push(answer);
          return answer.promise;
        },
      },
    }));
    const { half, ctx, rooms, log } = process;
    await half.commands.create(HOST, room, ctx);
    const first = roomNow(rooms);
    await half.publisher.danmaku(caller("u"), "r", said("moves the head"), ctx);
    const { head } = log.stats;
    await process.clock.advance(0);
    stale.set("r", first);

    const early = half.requireRoom("r", head, ctx);
    await process.clock.advance(0);
    answers[0]?.resolve(first);
    await process.clock.advance(0);
    answers[1]?.resolve(rooms.get("r"));

    assert.equal((await early).head.seq, head);
  });
});
