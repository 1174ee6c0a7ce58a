import { rootContext, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock, MemoryArchive, MemoryAuditLog, MemoryLog } from "@barrage/testkit";
import { localLimits, MemoryWindow, PolicyTally, startIngestHalf } from "@barrage/engine";
import type {
  IngestHalf,
  IngestOptions,
  LimitStores,
  RoomHeartbeats,
  RoomState,
  RoomStates,
} from "@barrage/engine";
import { LocalRoomStates } from "../../src/coordinator/local-room-states.ts";
import { Progress } from "../../src/progress.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { settings } from "./live-engine.ts";

/** Heartbeats that somebody else looks after; says what was sent. */
export class SentHeartbeats implements RoomHeartbeats {
  readonly sent: string[] = [];

  beat({ id }: RoomState, { uid }: { readonly uid: string }): Promise<void> {
    return this.send(`beat ${id} ${uid}`);
  }

  end({ id }: RoomState, { uid }: { readonly uid: string }): Promise<void> {
    return this.send(`end ${id} ${uid}`);
  }

  forget(room: string): Promise<void> {
    return this.send(`forget ${room}`);
  }

  private send(signal: string): Promise<void> {
    this.sent.push(signal);
    return Promise.resolve();
  }
}

/** A process that takes publishes and commands, and somebody who folds the log beside it. */
export interface IngestProcess extends AsyncDisposable {
  readonly half: IngestHalf<SentHeartbeats>;
  readonly ctx: Context;
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly rooms: Rooms;
}

type Choice = Partial<Pick<IngestOptions, "states" | "limits" | "settings">>;

export function ingestProcess(choose: (local: Required<Choice>) => Choice = () => ({})): IngestProcess {
  const clock = new FakeClock();
  const ctx = rootContext({ clock, name: "test" });
  const scope = new Scope(ctx, { name: "folding" });
  const log = new MemoryLog();
  const rooms = new Rooms();
  const folded = new Progress();
  scope.spawn(async (own) => {
    for await (const records of log.follow(0, own))
      for (const record of records) {
        rooms.fold(record);
        folded.reached(record.seq);
      }
  });
  const local = {
    states: new LocalRoomStates(rooms, folded),
    limits: localLimits(settings.limits),
    settings,
  };
  let ids = 0;
  const half = startIngestHalf({
    ...local,
    log,
    window: new MemoryWindow(settings.window, clock),
    archive: new MemoryArchive(),
    archived: { reach: () => Promise.resolve(), reachUnlessFailing: () => Promise.resolve(true) },
    audit: new MemoryAuditLog(),
    eraser: { erase: () => Promise.resolve({ records: 0, rooms: [] }) },
    heartbeats: () => new SentHeartbeats(),
    places: { take: () => rooms.size < settings.rooms.max },
    tally: new PolicyTally(),
    newId: () => `id-${++ids}`,
    onEvent: () => undefined,
    ctx,
    ...choose(local),
  });
  const end = async (): Promise<void> => {
    await half.stop();
    await scope[Symbol.asyncDispose]();
  };
  return { half, ctx, clock, log, rooms, [Symbol.asyncDispose]: end };
}

/** Some turns later, as where another process is asked. */
async function later<T>(value: T | Promise<T>): Promise<T> {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
  return value;
}

export const laterStates = (inner: RoomStates): RoomStates => ({
  find: (...args) => later(inner.find(...args)),
  fresh: (...args) => later(inner.fresh(...args)),
  reached: (...args) => later(inner.reached(...args)),
});

export function laterLimits(inner: LimitStores): LimitStores {
  const buckets = (kind: "users" | "rooms" | "addresses") => ({
    take: (...args: Parameters<LimitStores["users"]["take"]>) => later(inner[kind].take(...args)),
  });
  return {
    users: buckets("users"),
    rooms: buckets("rooms"),
    addresses: buckets("addresses"),
    slowMode: {
      enter: (...args) => later(inner.slowMode.enter(...args)),
      undo: (...args) => later(inner.slowMode.undo(...args)),
    },
    uniqueMode: {
      enter: (...args) => later(inner.uniqueMode.enter(...args)),
      undo: (...args) => later(inner.uniqueMode.undo(...args)),
    },
  };
}
