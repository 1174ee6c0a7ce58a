import { stateToJson } from "@barrage/engine";
import type { Owner } from "@barrage/engine";
import type { CallTargets } from "./calls.ts";

/** What an owner answers its workers with. */
export function targetsOf(owner: Owner): CallTargets {
  const { publisher, commands, rooms, source } = owner;
  return {
    publisher,
    commands,
    rooms,
    window: {
      // JSON has no infinity: "all of them" arrives as null.
      read: (room, after, limit: number | null, ctx) =>
        source.window.read(room, after, limit ?? Number.POSITIVE_INFINITY, ctx),
    },
    gateway: {
      // The owner's states are ahead of its window, whatever seq the worker has seen.
      requireRoom: async (room, ctx) => stateToJson(await source.requireRoom(room, 0, ctx)),
      waitPublished: (room, seq, ctx) => source.published.wait(room, seq, ctx),
      flushed: (ctx) => owner.flushed(ctx),
    },
  };
}
