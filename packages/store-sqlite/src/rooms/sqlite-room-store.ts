import type { Checkpoint, RoomStore } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { LogThread } from "../log/log-thread.ts";
import { ask } from "../thread/ask.ts";
import { roomFromJson, roomToJson } from "./room-json.ts";

/** Room states, in the log's own file: a backup of it has both as of one moment. */
export class SqliteRoomStore implements RoomStore {
  private readonly thread: LogThread;

  constructor(thread: LogThread) {
    this.thread = thread;
  }

  async load(ctx: Context): Promise<Checkpoint> {
    const { seq, rooms } = await ask(this.thread.call("loadCheckpoint"), ctx);
    return { seq, rooms: rooms.map(roomFromJson) };
  }

  async save({ seq, rooms }: Checkpoint, ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    const ids = rooms.map(({ id }) => id);
    await ask(this.thread.call("saveCheckpoint", seq, ids, rooms.map(roomToJson)), ctx);
  }
}
